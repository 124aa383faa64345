// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import "./shared/AttestationVerifier.sol";
import "./shared/Roles.sol";
import "./shared/StakingToken.sol";

// Kalypso of November 2023 (d3bb65c). Markets are 32-byte hashes. The marketplace's admin sets a generator's key, one
// for all of its markets. It needs no signature and has no length check. Several generators may have the same key. No
// market is public. Reverts carry the numbers of the real error list.

contract EntityKeyRegistry is Roles {
    AttestationVerifier public immutable attestationVerifier;
    mapping(address => bytes) public pub_key;

    constructor(AttestationVerifier verifier) {
        attestationVerifier = verifier;
    }

    function updatePubkey(address owner, bytes calldata key, bytes calldata attestation) external onlyTrusted {
        require(attestationVerifier.verify(attestation), "16");
        pub_key[owner] = key;
    }

    function removePubkey(address owner) external onlyTrusted {
        delete pub_key[owner];
    }
}

contract GeneratorRegistry is Roles {
    enum GeneratorState { NULL, JOINED, NO_COMPUTE_AVAILABLE, WIP, REQUESTED_FOR_EXIT }

    struct Generator {
        address rewardAddress;
        uint256 totalStake;
        uint256 totalCompute;
        uint256 computeConsumed;
        uint256 stakeLocked;
        uint256 activeMarketPlaces;
        uint256 declaredCompute;
        bytes generatorData;
    }

    struct GeneratorInfoPerMarket {
        GeneratorState state;
        uint256 computeAllocation;
        uint256 proofGenerationCost;
        uint256 proposedTime;
        uint256 activeRequests;
    }

    StakingToken public immutable STAKING_TOKEN;
    ProofMarketPlace public proofMarketPlace;
    mapping(address => Generator) public generatorRegistry;
    mapping(address => mapping(bytes32 => GeneratorInfoPerMarket)) public generatorInfoPerMarket;

    constructor(StakingToken stakingToken) {
        STAKING_TOKEN = stakingToken;
    }

    function initialize(ProofMarketPlace marketplace) external onlyAdmin {
        proofMarketPlace = marketplace;
        trust(address(marketplace));
    }

    function register(address rewardAddress, uint256 declaredCompute, bytes memory data) external {
        require(data.length != 0 && rewardAddress != address(0) && declaredCompute != 0, "2");
        require(generatorRegistry[msg.sender].rewardAddress == address(0), "3");
        generatorRegistry[msg.sender] = Generator(rewardAddress, 0, 0, 0, 0, 0, declaredCompute, data);
    }

    function stake(address account, uint256 amount) external {
        require(generatorRegistry[account].rewardAddress != address(0), "5");
        require(amount != 0, "2");
        STAKING_TOKEN.transferFrom(msg.sender, address(this), amount);
        generatorRegistry[account].totalStake += amount;
    }

    function deregister(address refundAddress) external {
        Generator memory generator = generatorRegistry[msg.sender];
        require(generator.totalCompute == 0, "4");
        STAKING_TOKEN.transfer(refundAddress, generator.totalStake);
        delete generatorRegistry[msg.sender];
    }

    function joinMarketPlace(bytes32 marketId, uint256 computeAllocation, uint256 cost, uint256 proposedTime) external {
        Generator storage generator = generatorRegistry[msg.sender];
        require(generator.rewardAddress != address(0), "5");
        require(proofMarketPlace.verifier(marketId) != address(0), "7");
        require(generatorInfoPerMarket[msg.sender][marketId].state == GeneratorState.NULL, "8");
        require(proposedTime != 0 && computeAllocation != 0, "2");
        generator.totalCompute += computeAllocation;
        require(generator.totalCompute <= generator.declaredCompute, "9");
        generator.activeMarketPlaces++;
        generatorInfoPerMarket[msg.sender][marketId] =
            GeneratorInfoPerMarket(GeneratorState.JOINED, computeAllocation, cost, proposedTime, 0);
    }

    /// The state with compute taken into account. generatorInfoPerMarket never holds NO_COMPUTE_AVAILABLE or WIP.
    function getGeneratorState(address account, bytes32 marketId) public view returns (GeneratorState, uint256) {
        GeneratorState state = generatorInfoPerMarket[account][marketId].state;
        if (state == GeneratorState.NULL || state == GeneratorState.REQUESTED_FOR_EXIT) return (state, 0);
        Generator memory generator = generatorRegistry[account];
        uint256 idle = generator.declaredCompute - generator.computeConsumed;
        if (idle == generator.declaredCompute) return (GeneratorState.JOINED, idle);
        return (idle == 0 ? GeneratorState.NO_COMPUTE_AVAILABLE : GeneratorState.WIP, idle);
    }

    /// Never leaves by itself, whatever the generator owes.
    function requestForExitMarketPlace(bytes32 marketId) external {
        (GeneratorState state,) = getGeneratorState(msg.sender, marketId);
        require(state != GeneratorState.NULL && state != GeneratorState.REQUESTED_FOR_EXIT, "34");
        generatorInfoPerMarket[msg.sender][marketId].state = GeneratorState.REQUESTED_FOR_EXIT;
    }

    function leaveMarketPlace(bytes32 marketId) external {
        require(proofMarketPlace.verifier(marketId) != address(0), "7");
        GeneratorInfoPerMarket memory info = generatorInfoPerMarket[msg.sender][marketId];
        require(info.activeRequests == 0, "10");
        generatorRegistry[msg.sender].totalCompute -= info.computeAllocation;
        generatorRegistry[msg.sender].activeMarketPlaces -= 1;
        delete generatorInfoPerMarket[msg.sender][marketId];
    }

    function assignGeneratorTask(address account, bytes32 marketId, uint256 stakeToLock) external onlyTrusted {
        (GeneratorState state, uint256 idle) = getGeneratorState(account, marketId);
        require(state == GeneratorState.JOINED || state == GeneratorState.WIP, "12");
        Generator storage generator = generatorRegistry[account];
        GeneratorInfoPerMarket storage info = generatorInfoPerMarket[account][marketId];
        require(info.computeAllocation <= idle, "13");
        require(generator.totalStake - generator.stakeLocked >= stakeToLock, "14");
        generator.stakeLocked += stakeToLock;
        generator.computeConsumed += info.computeAllocation;
        info.activeRequests++;
    }

    function completeGeneratorTask(address account, bytes32 marketId, uint256 stakeToRelease) external onlyTrusted {
        (GeneratorState state,) = getGeneratorState(account, marketId);
        require(state != GeneratorState.NULL && state != GeneratorState.JOINED, "15");
        GeneratorInfoPerMarket storage info = generatorInfoPerMarket[account][marketId];
        generatorRegistry[account].computeConsumed -= info.computeAllocation;
        generatorRegistry[account].stakeLocked -= stakeToRelease;
        info.activeRequests--;
    }
}

/// marketData is not public: verifier and slashingPenalty answer instead, with 0 for a market that does not exist.
contract ProofMarketPlace is Roles {
    struct Market {
        address verifier;
        uint256 slashingPenalty;
        bytes marketmetadata;
    }

    GeneratorRegistry public immutable GENERATOR_REGISTRY;
    EntityKeyRegistry public immutable ENTITY_KEY_REGISTRY;
    mapping(bytes32 => Market) private marketData;

    constructor(GeneratorRegistry generators, EntityKeyRegistry keys) {
        GENERATOR_REGISTRY = generators;
        ENTITY_KEY_REGISTRY = keys;
    }

    function createMarketPlace(bytes calldata metadata, address marketVerifier, uint256 penalty) external {
        require(penalty != 0 && metadata.length != 0, "2");
        bytes32 marketId = keccak256(metadata);
        require(marketData[marketId].marketmetadata.length == 0, "19");
        require(marketVerifier != address(0), "2");
        marketData[marketId] = Market(marketVerifier, penalty, metadata);
    }

    function updateEncryptionKey(address owner, bytes memory key, bytes memory attestation) external onlyAdmin {
        ENTITY_KEY_REGISTRY.updatePubkey(owner, key, attestation);
    }

    function removeEncryptionKey(address owner) external onlyAdmin {
        ENTITY_KEY_REGISTRY.removePubkey(owner);
    }

    function slashingPenalty(bytes32 marketId) public view returns (uint256) {
        return marketData[marketId].slashingPenalty;
    }

    function verifier(bytes32 marketId) public view returns (address) {
        return marketData[marketId].verifier;
    }

    /// An ask for `marketId`, assigned to `generator`.
    function assignTask(bytes32 marketId, address generator) external onlyAdmin {
        GENERATOR_REGISTRY.assignGeneratorTask(generator, marketId, slashingPenalty(marketId));
    }

    /// The proof of an assigned ask.
    function completeTask(bytes32 marketId, address generator) external onlyAdmin {
        GENERATOR_REGISTRY.completeGeneratorTask(generator, marketId, slashingPenalty(marketId));
    }
}
