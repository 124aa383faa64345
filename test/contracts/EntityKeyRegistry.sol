// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// Rehearsal stand-in for Kalypso's entity key registry: ECIES keys, 64 bytes without the leading 04.
contract EntityKeyRegistry {
    mapping(address => mapping(uint256 => bytes)) private marketKeys;
    mapping(address => bytes) private keys;

    error KeyLength();
    error SignatureLength();
    error NotSignedByKey();

    function setKey(address entity, bytes calldata key) external {
        keys[entity] = key;
    }

    function setMarketKey(address entity, uint256 market, bytes calldata key) external {
        marketKeys[entity][market] = key;
    }

    /// Registers the caller's key in both forms. `signature` is the answer of signAttestation for the attestation and
    /// the caller. It shows that the enclave with this key agrees to serve the account.
    function registerKey(uint256 market, bytes calldata key, bytes calldata attestation, bytes calldata signature) external {
        if (key.length != 64) revert KeyLength();
        bytes32 content = keccak256(abi.encode(attestation, msg.sender));
        bytes32 digest = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", content));
        if (recover(digest, signature) != address(uint160(uint256(keccak256(key))))) revert NotSignedByKey();
        keys[msg.sender] = key;
        marketKeys[msg.sender][market] = key;
    }

    function pub_key(address entity, uint256 market) external view returns (bytes memory) {
        return marketKeys[entity][market];
    }

    function pub_key(address entity) external view returns (bytes memory) {
        return keys[entity];
    }

    /// `signature` is r | s | v.
    function recover(bytes32 digest, bytes calldata signature) private pure returns (address) {
        if (signature.length != 65) revert SignatureLength();
        return ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
    }
}
