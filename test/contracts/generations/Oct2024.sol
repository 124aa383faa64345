// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import "./shared/AskGenerators.sol";
import "./shared/VerifiedKeys.sol";

// Kalypso of October 2024 (7eee5e7). A key is taken once, with a signature over the attestation and the account
// (signAttestation). Its image must be of the market's family. A public market refuses a key, in joinMarketplace too.
// Markets are an array, so that marketData of a missing market reverts without a reason. Reverts carry named errors.

error CannotBeZero();
error GeneratorAlreadyExists();
error InvalidGenerator();
error CannotLeaveWithActiveMarket();
error InvalidMarket();
error AlreadyJoinedMarket();
error CannotBeMoreThanDeclaredCompute();
error PublicMarketsDontNeedKey();
error IncorrectImageId();
error OnlyValidGeneratorsCanRequestExit();
error InvalidGeneratorStatePerMarket();
error CannotLeaveMarketWithActiveRequest();
error AssignOnlyToIdleGenerators();
error InsufficientGeneratorComputeAvailable();
error MaxParallelRequestsPerMarketExceeded();
error InsufficientStakeToLock();
error OnlyWorkingGenerators();

contract EntityKeyRegistry is VerifiedKeys {}

function generatorFamily(uint256 marketId) pure returns (bytes32) {
    return keccak256(abi.encode("gen", marketId));
}

contract GeneratorRegistry is AskGenerators {
    EntityKeyRegistry public immutable ENTITY_KEY_REGISTRY;
    ProofMarketplace public proofMarketplace;

    constructor(StakingToken stakingToken, EntityKeyRegistry keys) AskGenerators(stakingToken) {
        ENTITY_KEY_REGISTRY = keys;
    }

    function initialize(ProofMarketplace marketplace) external onlyAdmin {
        proofMarketplace = marketplace;
        trust(address(marketplace));
    }

    function register(address rewardAddress, uint256 declaredCompute, uint256 initialStake, bytes memory data) external {
        require(data.length != 0 && rewardAddress != address(0) && declaredCompute != 0, CannotBeZero());
        require(generatorRegistry[msg.sender].rewardAddress == address(0), GeneratorAlreadyExists());
        add(rewardAddress, declaredCompute, initialStake, data);
    }

    function stake(address account, uint256 amount) external {
        require(generatorRegistry[account].rewardAddress != address(0), InvalidGenerator());
        require(amount != 0, CannotBeZero());
        addStake(account, amount);
    }

    function deregister(address refundAddress) external {
        require(generatorRegistry[msg.sender].sumOfComputeAllocations == 0, CannotLeaveWithActiveMarket());
        refund(refundAddress);
    }

    function updateEncryptionKey(uint256 marketId, bytes memory attestation, bytes calldata signature) external {
        updateKey(marketId, attestation, signature);
    }

    function removeEncryptionKey(uint256 marketId) external {
        ENTITY_KEY_REGISTRY.removePubkey(msg.sender, marketId);
    }

    function joinMarketplace(
        uint256 marketId,
        uint256 compute,
        uint256 cost,
        uint256 proposedTime,
        bool updateMarketDedicatedKey,
        bytes memory attestation,
        bytes calldata signature
    ) external {
        bool known = generatorRegistry[msg.sender].rewardAddress != address(0);
        require(known && proposedTime != 0 && compute != 0, CannotBeZero());
        (address verifier,) = readMarket(marketId);
        require(verifier != address(0), InvalidMarket());
        require(generatorInfoPerMarket[msg.sender][marketId].state == GeneratorState.NULL, AlreadyJoinedMarket());
        require(join(marketId, compute, cost, proposedTime), CannotBeMoreThanDeclaredCompute());
        if (updateMarketDedicatedKey) updateKey(marketId, attestation, signature);
    }

    /// Leaves at once where the generator owes nothing.
    function requestForExitMarketplace(uint256 marketId) external {
        require(requestExit(marketId), OnlyValidGeneratorsCanRequestExit());
        if (generatorInfoPerMarket[msg.sender][marketId].activeRequests == 0) leaveMarket(marketId);
    }

    function leaveMarketplace(uint256 marketId) external {
        (address verifier,) = readMarket(marketId);
        require(verifier != address(0), InvalidMarket());
        GeneratorInfoPerMarket memory info = generatorInfoPerMarket[msg.sender][marketId];
        require(info.state != GeneratorState.NULL, InvalidGeneratorStatePerMarket());
        require(info.activeRequests == 0, CannotLeaveMarketWithActiveRequest());
        leaveMarket(marketId);
    }

    function assignGeneratorTask(address account, uint256 marketId, uint256 stakeToLock) external onlyTrusted {
        (GeneratorState state, uint256 idle) = getGeneratorState(account, marketId);
        require(state == GeneratorState.JOINED || state == GeneratorState.WIP, AssignOnlyToIdleGenerators());
        GeneratorInfoPerMarket memory info = generatorInfoPerMarket[account][marketId];
        require(info.computePerRequestRequired <= idle, InsufficientGeneratorComputeAvailable());
        require(info.activeRequests <= PARALLEL_REQUESTS_UPPER_LIMIT, MaxParallelRequestsPerMarketExceeded());
        require(usableStake(account) >= stakeToLock, InsufficientStakeToLock());
        lock(account, marketId, stakeToLock);
    }

    function completeGeneratorTask(address account, uint256 marketId, uint256 stakeToRelease) external onlyTrusted {
        (GeneratorState state,) = getGeneratorState(account, marketId);
        require(state != GeneratorState.NULL && state != GeneratorState.JOINED, OnlyWorkingGenerators());
        release(account, marketId, stakeToRelease);
    }

    function updateKey(uint256 marketId, bytes memory attestation, bytes memory signature) private {
        require(generatorRegistry[msg.sender].rewardAddress != address(0), CannotBeZero());
        (, bytes32 image) = readMarket(marketId);
        require(!Enclave.isPublic(image), PublicMarketsDontNeedKey());
        bool ofFamily = ENTITY_KEY_REGISTRY.isImageInFamily(Attestation.image(attestation), generatorFamily(marketId));
        require(ofFamily, IncorrectImageId());
        bytes memory key = Attestation.keyFor(msg.sender, attestation, signature);
        ENTITY_KEY_REGISTRY.updatePubkey(msg.sender, marketId, key, attestation);
    }

    function readMarket(uint256 marketId) private view returns (address verifier, bytes32 image) {
        (verifier, image,,,,,) = proofMarketplace.marketData(marketId);
    }
}

contract ProofMarketplace is Roles {
    struct Market {
        address verifier;
        bytes32 proverImageId;
        uint256 slashingPenalty;
        uint256 activationBlock;
        bytes32 ivsImageId;
        address creator;
        bytes marketmetadata;
    }

    GeneratorRegistry public immutable GENERATOR_REGISTRY;
    EntityKeyRegistry public immutable ENTITY_KEY_REGISTRY;
    Market[] public marketData;

    constructor(GeneratorRegistry generators, EntityKeyRegistry keys) {
        GENERATOR_REGISTRY = generators;
        ENTITY_KEY_REGISTRY = keys;
    }

    function createMarketplace(
        bytes calldata metadata, address verifier, uint256 penalty, bytes calldata proverPcrs, bytes calldata ivsPcrs
    ) external {
        require(penalty != 0 && metadata.length != 0 && verifier != address(0), CannotBeZero());
        uint256 marketId = marketData.length;
        bytes32 image = Enclave.imageOfPcrs(proverPcrs);
        if (!Enclave.isPublic(image)) ENTITY_KEY_REGISTRY.whitelistImageUsingPcrs(generatorFamily(marketId), proverPcrs);
        ENTITY_KEY_REGISTRY.whitelistImageUsingPcrs(keccak256(abi.encode("ivs", marketId)), ivsPcrs);
        bytes32 ivsImage = Enclave.imageOfPcrs(ivsPcrs);
        marketData.push(Market(verifier, image, penalty, block.number + 100, ivsImage, msg.sender, metadata));
    }

    /// An ask for `marketId`, assigned to `generator`.
    function assignTask(uint256 marketId, address generator) external onlyAdmin {
        GENERATOR_REGISTRY.assignGeneratorTask(generator, marketId, marketData[marketId].slashingPenalty);
    }

    /// The proof of an assigned ask.
    function completeTask(uint256 marketId, address generator) external onlyAdmin {
        GENERATOR_REGISTRY.completeGeneratorTask(generator, marketId, marketData[marketId].slashingPenalty);
    }
}
