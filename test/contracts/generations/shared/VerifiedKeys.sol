// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import "./Enclave.sol";
import "./Roles.sol";

error InvalidEnclaveKey();
error EnclaveKeyNotVerified();
error InvalidEnclaveSignature(address signer);
error MustBeAnEnclave(bytes32 imageId);
error AttestationAutherPCRsInvalid();
error AttestationAutherImageNotWhitelisted();
error AttestationAutherAttestationTooOld();

/// The attestations since October 2024: (signature, key, PCR0, PCR1, PCR2, timestamp in milliseconds).
library Attestation {
    function image(bytes memory attestation) internal pure returns (bytes32) {
        (,, bytes memory pcr0, bytes memory pcr1, bytes memory pcr2,) =
            abi.decode(attestation, (bytes, bytes, bytes, bytes, bytes, uint256));
        return Enclave.imageOf(pcr0, pcr1, pcr2);
    }

    function timestamp(bytes memory attestation) internal pure returns (uint256 milliseconds_) {
        (,,,,, milliseconds_) = abi.decode(attestation, (bytes, bytes, bytes, bytes, bytes, uint256));
    }

    /// The key in `attestation`, which must have signed the attestation and `account` (signAttestation).
    function keyFor(address account, bytes memory attestation, bytes memory signature) internal pure returns (bytes memory key) {
        (, key,,,,) = abi.decode(attestation, (bytes, bytes, bytes, bytes, bytes, uint256));
        if (key.length != 64) revert InvalidEnclaveKey();
        address signer = Enclave.signerOf(keccak256(abi.encode(attestation, account)), signature);
        if (signer != Enclave.accountOf(key)) revert InvalidEnclaveSignature(signer);
    }
}

/// EntityKeyRegistry since October 2024, but for the name of the call that links it. Keys belong to an account and a
/// market. Each key is verified once in the registry's life. A second time ends in EnclaveKeyNotVerified, even for the
/// same account and market, and after the key's removal. Images belong to the family of a market.
abstract contract VerifiedKeys is Roles {
    mapping(address => mapping(uint256 => bytes)) public pub_key;
    mapping(bytes32 => bool) private whitelistedImages;
    mapping(bytes32 => mapping(bytes32 => bool)) private imageFamilies;
    mapping(address => bytes32) private verifiedKeys;

    function whitelistImageUsingPcrs(bytes32 family, bytes calldata pcrs) external onlyTrusted {
        (bytes memory pcr0, bytes memory pcr1, bytes memory pcr2) = abi.decode(pcrs, (bytes, bytes, bytes));
        bytes32 image = Enclave.imageOf(pcr0, pcr1, pcr2);
        if (Enclave.isPublic(image)) revert MustBeAnEnclave(image);
        if (pcr0.length != 48 || pcr1.length != 48 || pcr2.length != 48) revert AttestationAutherPCRsInvalid();
        whitelistedImages[image] = true;
        imageFamilies[family][image] = true;
    }

    function updatePubkey(address owner, uint256 marketId, bytes calldata key, bytes calldata attestation) external onlyTrusted {
        if (key.length != 64) revert InvalidEnclaveKey();
        bytes32 image = Attestation.image(attestation);
        if (!whitelistedImages[image]) revert AttestationAutherImageNotWhitelisted();
        uint256 oldest = block.timestamp - Enclave.ACCEPTABLE_ATTESTATION_DELAY;
        if (Attestation.timestamp(attestation) / 1000 <= oldest) revert AttestationAutherAttestationTooOld();
        address account = Enclave.accountOf(key);
        if (verifiedKeys[account] != bytes32(0)) revert EnclaveKeyNotVerified();
        verifiedKeys[account] = image;
        pub_key[owner][marketId] = key;
    }

    function removePubkey(address owner, uint256 marketId) external onlyTrusted {
        delete pub_key[owner][marketId];
    }

    function isImageInFamily(bytes32 image, bytes32 family) external view returns (bool) {
        return imageFamilies[family][image];
    }

    function getVerifiedKey(address account) external view returns (bytes32) {
        return verifiedKeys[account];
    }
}
