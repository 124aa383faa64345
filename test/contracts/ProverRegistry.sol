// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// Rehearsal stand-in for the registry with the newest naming. It reverts on the generator names.
contract ProverRegistry {
    mapping(address => mapping(uint256 => uint8)) private states;

    function setState(address prover, uint256 market, uint8 state) external {
        states[prover][market] = state;
    }

    function proverInfoPerMarket(address prover, uint256 market)
        external view
        returns (uint8 state, uint256 computePerRequest, uint256 commission, uint256 cost, uint256 proposedTime, uint256 activeRequests)
    {
        return (states[prover][market], 1, 2, 3, 4, 5);
    }
}
