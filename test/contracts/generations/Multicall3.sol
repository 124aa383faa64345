// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// The part of Multicall3 that reads need, at the address that the real one has on every chain.
contract Multicall3 {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory results) {
        results = new Result[](calls.length);
        for (uint256 index = 0; index < calls.length; index++) {
            (bool success, bytes memory returnData) = calls[index].target.call(calls[index].callData);
            require(success || calls[index].allowFailure, "Multicall3: call failed");
            results[index] = Result(success, returnData);
        }
    }
}
