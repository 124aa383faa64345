// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// Accepts every attestation. The real one checks the signature of the platform's verifier enclave, which no rehearsal has.
contract AttestationVerifier {
    function verify(bytes calldata) external pure returns (bool) {
        return true;
    }
}
