// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import "./Roles.sol";
import "./StakingToken.sol";

/// Where provers stake in December 2024 and February 2025: the one pool of a StakingManager. The two are written down as one
/// contract here, with one token; the real manager keeps its pools private, so that no getter of it tells a stake.
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
