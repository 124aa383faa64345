// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import "./Roles.sol";
import "./StakingToken.sol";

/// The book-keeping of GeneratorRegistry. It stayed the same from January 2024 to June 2025, but for names of errors. It
/// has structs, getters, states, compute and stake. Each generation adds its own rules for its calls.
abstract contract AskGenerators is Roles {
    enum GeneratorState { NULL, JOINED, NO_COMPUTE_AVAILABLE, WIP, REQUESTED_FOR_EXIT }

    struct Generator {
        address rewardAddress;
        uint256 totalStake;
        uint256 sumOfComputeAllocations;
        uint256 computeConsumed;
        uint256 stakeLocked;
        uint256 activeMarketplaces;
        uint256 declaredCompute;
        uint256 intendedStakeUtilization;
        uint256 intendedComputeUtilization;
        bytes generatorData;
    }

    struct GeneratorInfoPerMarket {
        GeneratorState state;
        uint256 computePerRequestRequired;
        uint256 proofGenerationCost;
        uint256 proposedTime;
        uint256 activeRequests;
    }

    uint256 internal constant EXPONENT = 10 ** 18;
    uint256 public constant PARALLEL_REQUESTS_UPPER_LIMIT = 100;

    StakingToken public immutable STAKING_TOKEN;
    mapping(address => Generator) public generatorRegistry;
    mapping(address => mapping(uint256 => GeneratorInfoPerMarket)) public generatorInfoPerMarket;

    constructor(StakingToken stakingToken) {
        STAKING_TOKEN = stakingToken;
    }

    /// The state with compute taken into account. generatorInfoPerMarket never holds NO_COMPUTE_AVAILABLE or WIP.
    function getGeneratorState(address account, uint256 marketId) public view returns (GeneratorState, uint256) {
        GeneratorState state = generatorInfoPerMarket[account][marketId].state;
        if (state == GeneratorState.NULL || state == GeneratorState.REQUESTED_FOR_EXIT) return (state, 0);
        Generator memory generator = generatorRegistry[account];
        uint256 idle = usable(generator.declaredCompute, generator.intendedComputeUtilization, generator.computeConsumed);
        if (idle == 0) return (GeneratorState.NO_COMPUTE_AVAILABLE, 0);
        return (idle == generator.declaredCompute ? GeneratorState.JOINED : GeneratorState.WIP, idle);
    }

    function usableStake(address account) internal view returns (uint256) {
        Generator memory generator = generatorRegistry[account];
        return usable(generator.totalStake, generator.intendedStakeUtilization, generator.stakeLocked);
    }

    function usable(uint256 total, uint256 utilization, uint256 used) private pure returns (uint256) {
        uint256 intended = total * utilization / EXPONENT;
        return intended < used ? 0 : intended - used;
    }

    function add(address rewardAddress, uint256 declaredCompute, uint256 initialStake, bytes memory data) internal {
        generatorRegistry[msg.sender] =
            Generator(rewardAddress, initialStake, 0, 0, 0, 0, declaredCompute, EXPONENT, EXPONENT, data);
        if (initialStake != 0) STAKING_TOKEN.transferFrom(msg.sender, address(this), initialStake);
    }

    function addStake(address account, uint256 amount) internal {
        STAKING_TOKEN.transferFrom(msg.sender, address(this), amount);
        generatorRegistry[account].totalStake += amount;
    }

    /// Tells whether the declared compute suffices for the market too.
    function join(uint256 marketId, uint256 compute, uint256 cost, uint256 proposedTime) internal returns (bool) {
        Generator storage generator = generatorRegistry[msg.sender];
        generator.sumOfComputeAllocations += compute;
        generator.activeMarketplaces++;
        generatorInfoPerMarket[msg.sender][marketId] =
            GeneratorInfoPerMarket(GeneratorState.JOINED, compute, cost, proposedTime, 0);
        return generator.sumOfComputeAllocations <= generator.declaredCompute;
    }

    /// Marks the market; false where the generator has not joined it, or has asked before.
    function requestExit(uint256 marketId) internal returns (bool) {
        GeneratorInfoPerMarket storage info = generatorInfoPerMarket[msg.sender][marketId];
        if (info.state == GeneratorState.NULL || info.state == GeneratorState.REQUESTED_FOR_EXIT) return false;
        info.state = GeneratorState.REQUESTED_FOR_EXIT;
        return true;
    }

    function leaveMarket(uint256 marketId) internal {
        Generator storage generator = generatorRegistry[msg.sender];
        generator.sumOfComputeAllocations -= generatorInfoPerMarket[msg.sender][marketId].computePerRequestRequired;
        generator.activeMarketplaces -= 1;
        delete generatorInfoPerMarket[msg.sender][marketId];
    }

    function refund(address refundAddress) internal {
        STAKING_TOKEN.transfer(refundAddress, generatorRegistry[msg.sender].totalStake);
        delete generatorRegistry[msg.sender];
    }

    function lock(address account, uint256 marketId, uint256 stakeToLock) internal {
        GeneratorInfoPerMarket storage info = generatorInfoPerMarket[account][marketId];
        generatorRegistry[account].stakeLocked += stakeToLock;
        generatorRegistry[account].computeConsumed += info.computePerRequestRequired;
        info.activeRequests++;
    }

    function release(address account, uint256 marketId, uint256 stakeToRelease) internal {
        GeneratorInfoPerMarket storage info = generatorInfoPerMarket[account][marketId];
        generatorRegistry[account].stakeLocked -= stakeToRelease;
        generatorRegistry[account].computeConsumed -= info.computePerRequestRequired;
        info.activeRequests--;
    }
}
