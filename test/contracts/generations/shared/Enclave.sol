// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// Facts that hold for enclave keys and images in every generation that knows them.
library Enclave {
    /// The image of a public market: keccak256 of three PCRs of 48 zero bytes.
    bytes32 internal constant NO_ENCLAVE = 0xcd2e66bf0b91eeedc6c648ae9335a78d7c9a4ab0ef33612a824d91cdc68a4f21;
    /// Seconds. The real name says milliseconds, but it is compared with seconds.
    uint256 internal constant ACCEPTABLE_ATTESTATION_DELAY = 60000;

    function imageOf(bytes memory pcr0, bytes memory pcr1, bytes memory pcr2) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(pcr0, pcr1, pcr2));
    }

    /// `pcrs` is abi.encode(PCR0, PCR1, PCR2).
    function imageOfPcrs(bytes memory pcrs) internal pure returns (bytes32) {
        (bytes memory pcr0, bytes memory pcr1, bytes memory pcr2) = abi.decode(pcrs, (bytes, bytes, bytes));
        return imageOf(pcr0, pcr1, pcr2);
    }

    function isPublic(bytes32 image) internal pure returns (bool) {
        return image == bytes32(0) || image == NO_ENCLAVE;
    }

    /// The account of a 64-byte public key.
    function accountOf(bytes memory key) internal pure returns (address) {
        return address(uint160(uint256(keccak256(key))));
    }

    /// The account that signed `content` as the 32 bytes of an EIP-191 message. It is 0 if `signature` is not r | s | v.
    function signerOf(bytes32 content, bytes memory signature) internal pure returns (address) {
        if (signature.length != 65) return address(0);
        bytes32 digest = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", content));
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        return ecrecover(digest, uint8(signature[64]), r, s);
    }
}
