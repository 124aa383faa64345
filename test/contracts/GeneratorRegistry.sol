// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// Rehearsal stand-in for Kalypso's generator registry: states per generator and market, in both forms of market ids.
contract GeneratorRegistry {
    mapping(address => mapping(uint256 => uint8)) private states;

    /// 0 NULL, 1 JOINED, 2 NO_COMPUTE_AVAILABLE, 3 WIP, 4 REQUESTED_FOR_EXIT
    function setState(address generator, uint256 market, uint8 state) external {
        states[generator][market] = state;
    }

    function generatorInfoPerMarket(address generator, uint256 market)
        external view returns (uint8 state, uint256 computePerRequest, uint256 cost, uint256 proposedTime, uint256 activeRequests)
    {
        return (states[generator][market], 1, 2, 3, 4);
    }

    function generatorInfoPerMarket(address generator, bytes32 market)
        external view returns (uint8 state, uint256 computePerRequest, uint256 cost, uint256 proposedTime, uint256 activeRequests)
    {
        return (states[generator][uint256(market)], 1, 2, 3, 4);
    }
}
