// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import "./shared/AskGenerators.sol";
import "./shared/AttestationVerifier.sol";
import "./shared/Enclave.sol";

// Kalypso of January 2024 (b450d98). Markets are numbers. A key belongs to the account alone. A key is taken once, with
// a signature over the account (signAddress). usedUpKey remembers it, even after its removal. An input verifier's key
// is used up in the same way. No call reads isEnclaveRequired, so that none refuses a key because a market is public.
// Reverts carry the codes of the real error list.

contract EntityKeyRegistry is Roles {
    AttestationVerifier public immutable attestationVerifier;
    mapping(address => bytes) public pub_key;
    mapping(address => bool) public usedUpKey;

    constructor(AttestationVerifier verifier) {
        attestationVerifier = verifier;
    }

    function updatePubkey(address owner, bytes calldata key, bytes calldata attestation) external onlyTrusted {
        require(key.length == 64, "G7");
        require(!usedUpKey[Enclave.accountOf(key)], "G13");
        require(attestationVerifier.verify(attestation), "A6");
        pub_key[owner] = key;
        usedUpKey[Enclave.accountOf(key)] = true;
    }

    function removePubkey(address owner) external onlyTrusted {
        delete pub_key[owner];
    }
}

/// The attestations of this generation: (signature, source enclave's account, key, PCR0, PCR1, PCR2, CPUs, memory).
library Attestation {
    /// The key in `attestation`, which must have signed abi.encode(account).
    function keyFor(address account, bytes memory attestation, bytes memory signature) internal pure returns (bytes memory) {
        (,, bytes memory key,,,,,) = abi.decode(attestation, (bytes, address, bytes, bytes, bytes, bytes, uint256, uint256));
        require(key.length == 64, "G7");
        require(Enclave.signerOf(keccak256(abi.encode(account)), signature) == Enclave.accountOf(key), "A10");
        return key;
    }
}

contract GeneratorRegistry is AskGenerators {
    EntityKeyRegistry public immutable ENTITY_KEY_REGISTRY;
    ProofMarketPlace public proofMarketPlace;

    constructor(StakingToken stakingToken, EntityKeyRegistry keys) AskGenerators(stakingToken) {
        ENTITY_KEY_REGISTRY = keys;
    }

    function initialize(ProofMarketPlace marketplace) external onlyAdmin {
        proofMarketPlace = marketplace;
        trust(address(marketplace));
    }

    function register(address rewardAddress, uint256 declaredCompute, uint256 initialStake, bytes memory data) external {
        require(data.length != 0 && rewardAddress != address(0) && declaredCompute != 0, "A3");
        require(generatorRegistry[msg.sender].rewardAddress == address(0), "G1");
        add(rewardAddress, declaredCompute, initialStake, data);
    }

    function stake(address account, uint256 amount) external {
        require(generatorRegistry[account].rewardAddress != address(0), "G2");
        require(amount != 0, "A3");
        addStake(account, amount);
    }

    function deregister(address refundAddress) external {
        require(generatorRegistry[msg.sender].sumOfComputeAllocations == 0, "G3");
        refund(refundAddress);
    }

    function updateEncryptionKey(bytes memory attestation, bytes calldata signature) external {
        require(generatorRegistry[msg.sender].rewardAddress != address(0), "A3");
        ENTITY_KEY_REGISTRY.updatePubkey(msg.sender, Attestation.keyFor(msg.sender, attestation, signature), attestation);
    }

    function joinMarketPlace(uint256 marketId, uint256 compute, uint256 cost, uint256 proposedTime) external {
        require(generatorRegistry[msg.sender].rewardAddress != address(0), "G2");
        require(proofMarketPlace.verifier(marketId) != address(0), "M1");
        require(generatorInfoPerMarket[msg.sender][marketId].state == GeneratorState.NULL, "M2");
        require(proposedTime != 0 && compute != 0, "A3");
        require(join(marketId, compute, cost, proposedTime), "M3");
    }

    /// Never leaves by itself, whatever the generator owes.
    function requestForExitMarketPlace(uint256 marketId) external {
        require(requestExit(marketId), "G8");
    }

    function leaveMarketPlace(uint256 marketId) external {
        require(proofMarketPlace.verifier(marketId) != address(0), "M1");
        GeneratorInfoPerMarket memory info = generatorInfoPerMarket[msg.sender][marketId];
        require(info.state != GeneratorState.NULL, "G9");
        require(info.activeRequests == 0, "M4");
        leaveMarket(marketId);
    }

    function assignGeneratorTask(address account, uint256 marketId, uint256 stakeToLock) external onlyTrusted {
        (GeneratorState state, uint256 idle) = getGeneratorState(account, marketId);
        require(state == GeneratorState.JOINED || state == GeneratorState.WIP, "G4");
        GeneratorInfoPerMarket memory info = generatorInfoPerMarket[account][marketId];
        require(info.computePerRequestRequired <= idle, "G5");
        require(info.activeRequests <= PARALLEL_REQUESTS_UPPER_LIMIT, "G12");
        require(usableStake(account) >= stakeToLock, "A5");
        lock(account, marketId, stakeToLock);
    }

    function completeGeneratorTask(address account, uint256 marketId, uint256 stakeToRelease) external onlyTrusted {
        (GeneratorState state,) = getGeneratorState(account, marketId);
        require(state != GeneratorState.NULL && state != GeneratorState.JOINED, "G6");
        release(account, marketId, stakeToRelease);
    }
}

/// marketData answers zeros for a market that does not exist.
contract ProofMarketPlace is Roles {
    struct Market {
        address verifier;
        bool isEnclaveRequired;
        uint256 slashingPenalty;
        uint256 activationBlock;
        address ivsSigner;
        bytes ivsUrl;
        bytes marketmetadata;
    }

    GeneratorRegistry public immutable GENERATOR_REGISTRY;
    EntityKeyRegistry public immutable ENTITY_KEY_REGISTRY;
    uint256 public marketCounter;
    mapping(uint256 => Market) public marketData;

    constructor(GeneratorRegistry generators, EntityKeyRegistry keys) {
        GENERATOR_REGISTRY = generators;
        ENTITY_KEY_REGISTRY = keys;
    }

    function createMarketPlace(
        bytes calldata metadata,
        address marketVerifier,
        uint256 penalty,
        bool isEnclaveRequired,
        bytes calldata ivsAttestation,
        bytes calldata ivsUrl,
        bytes calldata ivsSignature
    ) external {
        require(penalty != 0 && metadata.length != 0 && marketVerifier != address(0), "A3");
        bytes memory ivsKey = Attestation.keyFor(msg.sender, ivsAttestation, ivsSignature);
        address ivs = Enclave.accountOf(ivsKey);
        marketData[marketCounter++] =
            Market(marketVerifier, isEnclaveRequired, penalty, block.number + 100, ivs, ivsUrl, metadata);
        ENTITY_KEY_REGISTRY.updatePubkey(ivs, ivsKey, ivsAttestation);
    }

    function slashingPenalty(uint256 marketId) public view returns (uint256) {
        return marketData[marketId].slashingPenalty;
    }

    function verifier(uint256 marketId) public view returns (address) {
        return marketData[marketId].verifier;
    }

    /// An ask for `marketId`, assigned to `generator`.
    function assignTask(uint256 marketId, address generator) external onlyAdmin {
        GENERATOR_REGISTRY.assignGeneratorTask(generator, marketId, slashingPenalty(marketId));
    }

    /// The proof of an assigned ask.
    function completeTask(uint256 marketId, address generator) external onlyAdmin {
        GENERATOR_REGISTRY.completeGeneratorTask(generator, marketId, slashingPenalty(marketId));
    }
}
