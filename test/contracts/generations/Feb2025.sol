// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import "./shared/Staking.sol";
import "./shared/VerifiedKeys.sol";

// Kalypso of February 2025 (7cf6586), live on Arbitrum One. The registry is named ProverManager. Joining takes a
// commission, which makes the info per market six words. Markets have no slashing penalty. A key is taken once, with
// signAttestation. A public market refuses a key. marketData reverts if a market does not exist. Reverts carry named
// errors.

error CannotBeZero();
error ProverAlreadyExists();
error CannotLeaveWithActiveMarket();
error InvalidMarket();
error AlreadyJoinedMarket();
error CannotBeMoreThanDeclaredCompute();
error PublicMarketsDontNeedKey();
error IncorrectImageId();
error OnlyValidProversCanRequestExit();
error InvalidProverStatePerMarket();
error CannotLeaveMarketWithActiveRequest();
error AssignOnlyToIdleProvers();
error InsufficientProverComputeAvailable();
error MaxParallelRequestsPerMarketExceeded();
error OnlyWorkingProvers();
error InvalidProverProposedTime();
error InvalidProverCommission();
error OnlyProverCanStake();
error InsufficientStakeAmount();

contract EntityKeyRegistry is VerifiedKeys {}

contract StakingManager is Staking {
    constructor(StakingToken stakingToken, uint256 lockedByTask) Staking(stakingToken, lockedByTask) {}

    function stake(address stakeToken, address prover, uint256 amount) external {
        require(msg.sender == prover, OnlyProverCanStake());
        addStake(stakeToken, prover, amount);
    }

    function onTaskAssignment(uint256, address prover) external onlyTrusted {
        require(hasStakeToLock(prover), InsufficientStakeAmount());
        lock(prover);
    }
}

function proverFamily(uint256 marketId) pure returns (bytes32) {
    return keccak256(abi.encode("prov", marketId));
}

contract ProverManager is Roles {
    enum ProverState { NULL, JOINED, NO_COMPUTE_AVAILABLE, WIP, REQUESTED_FOR_EXIT }

    struct Prover {
        address rewardAddress;
        uint256 sumOfComputeAllocations;
        uint256 computeConsumed;
        uint256 activeMarketplaces;
        uint256 declaredCompute;
        uint256 intendedComputeUtilization;
        bytes proverData;
    }

    struct ProverInfoPerMarket {
        ProverState state;
        uint256 computePerRequestRequired;
        uint256 commission;
        uint256 proofGenerationCost;
        uint256 proposedTime;
        uint256 activeRequests;
    }

    uint256 private constant EXPONENT = 10 ** 18;

    EntityKeyRegistry public immutable entityKeyRegistry;
    StakingManager public immutable stakingManager;
    ProofMarketplace public proofMarketplace;
    mapping(address => Prover) public proverRegistry;
    mapping(address => mapping(uint256 => ProverInfoPerMarket)) public proverInfoPerMarket;

    constructor(EntityKeyRegistry keys, StakingManager manager) {
        entityKeyRegistry = keys;
        stakingManager = manager;
    }

    function initialize(ProofMarketplace marketplace) external onlyAdmin {
        proofMarketplace = marketplace;
        trust(address(marketplace));
    }

    function register(address rewardAddress, uint256 declaredCompute, bytes memory data) external {
        require(data.length != 0 && rewardAddress != address(0) && declaredCompute != 0, CannotBeZero());
        require(proverRegistry[msg.sender].rewardAddress == address(0), ProverAlreadyExists());
        proverRegistry[msg.sender] = Prover(rewardAddress, 0, 0, 0, declaredCompute, EXPONENT, data);
    }

    function deregister() external {
        require(proverRegistry[msg.sender].sumOfComputeAllocations == 0, CannotLeaveWithActiveMarket());
        delete proverRegistry[msg.sender];
    }

    function updateEncryptionKey(uint256 marketId, bytes memory attestation, bytes calldata signature) external {
        updateKey(marketId, attestation, signature);
    }

    function removeEncryptionKey(uint256 marketId) external {
        entityKeyRegistry.removePubkey(msg.sender, marketId);
    }

    function joinMarketplace(
        uint256 marketId,
        uint256 compute,
        uint256 cost,
        uint256 proposedTime,
        uint256 commission,
        bool updateMarketDedicatedKey,
        bytes memory attestation,
        bytes calldata signature
    ) external {
        Prover storage prover = proverRegistry[msg.sender];
        require(prover.rewardAddress != address(0) && compute != 0, CannotBeZero());
        require(proposedTime >= 1 seconds && proposedTime <= 1 days, InvalidProverProposedTime());
        require(commission <= EXPONENT, InvalidProverCommission());
        (address verifier,) = readMarket(marketId);
        require(verifier != address(0), InvalidMarket());
        require(proverInfoPerMarket[msg.sender][marketId].state == ProverState.NULL, AlreadyJoinedMarket());
        prover.sumOfComputeAllocations += compute;
        require(prover.sumOfComputeAllocations <= prover.declaredCompute, CannotBeMoreThanDeclaredCompute());
        prover.activeMarketplaces++;
        proverInfoPerMarket[msg.sender][marketId] =
            ProverInfoPerMarket(ProverState.JOINED, compute, commission, cost, proposedTime, 0);
        if (updateMarketDedicatedKey) updateKey(marketId, attestation, signature);
    }

    /// The state with compute taken into account. proverInfoPerMarket never holds NO_COMPUTE_AVAILABLE or WIP.
    function getProverState(address account, uint256 marketId) public view returns (ProverState, uint256) {
        ProverState state = proverInfoPerMarket[account][marketId].state;
        if (state == ProverState.NULL || state == ProverState.REQUESTED_FOR_EXIT) return (state, 0);
        Prover memory prover = proverRegistry[account];
        uint256 intended = prover.declaredCompute * prover.intendedComputeUtilization / EXPONENT;
        uint256 idle = intended < prover.computeConsumed ? 0 : intended - prover.computeConsumed;
        if (idle == 0) return (ProverState.NO_COMPUTE_AVAILABLE, 0);
        return (idle == prover.declaredCompute ? ProverState.JOINED : ProverState.WIP, idle);
    }

    /// Leaves at once where the prover owes nothing.
    function requestForExitMarketplace(uint256 marketId) external {
        ProverInfoPerMarket storage info = proverInfoPerMarket[msg.sender][marketId];
        bool joined = info.state != ProverState.NULL && info.state != ProverState.REQUESTED_FOR_EXIT;
        require(joined, OnlyValidProversCanRequestExit());
        info.state = ProverState.REQUESTED_FOR_EXIT;
        if (info.activeRequests == 0) leaveMarket(marketId);
    }

    function leaveMarketplace(uint256 marketId) external {
        leaveMarket(marketId);
    }

    function assignProverTask(uint256 bidId, address account, uint256 marketId) external onlyTrusted {
        (ProverState state, uint256 idle) = getProverState(account, marketId);
        require(state == ProverState.JOINED || state == ProverState.WIP, AssignOnlyToIdleProvers());
        ProverInfoPerMarket storage info = proverInfoPerMarket[account][marketId];
        require(info.computePerRequestRequired <= idle, InsufficientProverComputeAvailable());
        require(info.activeRequests <= 100, MaxParallelRequestsPerMarketExceeded());
        proverRegistry[account].computeConsumed += info.computePerRequestRequired;
        stakingManager.onTaskAssignment(bidId, account);
        info.activeRequests++;
    }

    function completeProverTask(uint256 bidId, address account, uint256 marketId, uint256 reward) external onlyTrusted {
        (ProverState state,) = getProverState(account, marketId);
        require(state != ProverState.NULL && state != ProverState.JOINED, OnlyWorkingProvers());
        ProverInfoPerMarket storage info = proverInfoPerMarket[account][marketId];
        proverRegistry[account].computeConsumed -= info.computePerRequestRequired;
        stakingManager.onTaskCompletion(bidId, account, reward);
        info.activeRequests--;
    }

    function leaveMarket(uint256 marketId) private {
        (address verifier,) = readMarket(marketId);
        require(verifier != address(0), InvalidMarket());
        ProverInfoPerMarket memory info = proverInfoPerMarket[msg.sender][marketId];
        require(info.state != ProverState.NULL, InvalidProverStatePerMarket());
        require(info.activeRequests == 0, CannotLeaveMarketWithActiveRequest());
        proverRegistry[msg.sender].sumOfComputeAllocations -= info.computePerRequestRequired;
        proverRegistry[msg.sender].activeMarketplaces -= 1;
        delete proverInfoPerMarket[msg.sender][marketId];
    }

    function updateKey(uint256 marketId, bytes memory attestation, bytes memory signature) private {
        require(proverRegistry[msg.sender].rewardAddress != address(0), CannotBeZero());
        (, bytes32 image) = readMarket(marketId);
        require(!Enclave.isPublic(image), PublicMarketsDontNeedKey());
        bool ofFamily = entityKeyRegistry.isImageInFamily(Attestation.image(attestation), proverFamily(marketId));
        require(ofFamily, IncorrectImageId());
        bytes memory key = Attestation.keyFor(msg.sender, attestation, signature);
        entityKeyRegistry.updatePubkey(msg.sender, marketId, key, attestation);
    }

    function readMarket(uint256 marketId) private view returns (address verifier, bytes32 image) {
        (verifier, image,,,) = proofMarketplace.marketData(marketId);
    }
}

contract ProofMarketplace is Roles {
    struct Market {
        address verifier;
        bytes32 proverImageId;
        bytes32 ivsImageId;
        address creator;
        bytes marketmetadata;
    }

    ProverManager public immutable proverManager;
    EntityKeyRegistry public immutable entityKeyRegistry;
    Market[] public marketData;

    constructor(ProverManager provers, EntityKeyRegistry keys) {
        proverManager = provers;
        entityKeyRegistry = keys;
    }

    function createMarket(
        bytes calldata metadata, address verifier, bytes calldata proverPcrs, bytes calldata ivsPcrs
    ) external {
        require(metadata.length != 0 && verifier != address(0), CannotBeZero());
        uint256 marketId = marketData.length;
        bytes32 image = Enclave.imageOfPcrs(proverPcrs);
        if (!Enclave.isPublic(image)) entityKeyRegistry.whitelistImageUsingPcrs(proverFamily(marketId), proverPcrs);
        entityKeyRegistry.whitelistImageUsingPcrs(keccak256(abi.encode("ivs", marketId)), ivsPcrs);
        bytes32 ivsImage = Enclave.imageOfPcrs(ivsPcrs);
        marketData.push(Market(verifier, image, ivsImage, msg.sender, metadata));
    }

    /// A bid for `marketId`, assigned to `prover`.
    function assignTask(uint256 marketId, address prover) external onlyAdmin {
        proverManager.assignProverTask(0, prover, marketId);
    }

    /// The proof of an assigned bid.
    function completeTask(uint256 marketId, address prover) external onlyAdmin {
        proverManager.completeProverTask(0, prover, marketId, 0);
    }
}
