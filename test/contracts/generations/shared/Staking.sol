// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import "./Roles.sol";
import "./StakingToken.sol";

/// Provers stake here in December 2024 and February 2025: in the one pool of a StakingManager. One contract with one
/// token stands for both. The real manager keeps its pools private, so that no getter tells a stake.
abstract contract Staking is Roles {
    StakingToken private immutable token;
    /// Tokens that an assigned task locks.
    uint256 private immutable amountToLock;
    mapping(address => uint256) private stakes;
    mapping(address => uint256) private locked;

    constructor(StakingToken stakingToken, uint256 lockedByTask) {
        token = stakingToken;
        amountToLock = lockedByTask;
    }

    function addStake(address stakeToken, address prover, uint256 amount) internal {
        require(stakeToken == address(token), "Token not supported");
        token.transferFrom(prover, address(this), amount);
        stakes[prover] += amount;
    }

    function hasStakeToLock(address prover) internal view returns (bool) {
        return stakes[prover] - locked[prover] >= amountToLock;
    }

    function lock(address prover) internal {
        locked[prover] += amountToLock;
    }

    function onTaskCompletion(uint256, address prover, uint256) external onlyTrusted {
        locked[prover] -= amountToLock;
    }
}
