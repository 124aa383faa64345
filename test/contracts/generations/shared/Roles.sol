// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// The part of OpenZeppelin's AccessControl that the contracts need: the admin, and the contracts that it trusts.
abstract contract Roles {
    address internal immutable admin = msg.sender;
    mapping(address => bool) private trusted;

    modifier onlyAdmin() {
        require(msg.sender == admin, "AccessControl: the caller is not the admin");
        _;
    }

    modifier onlyTrusted() {
        require(trusted[msg.sender], "AccessControl: the caller misses a role");
        _;
    }

    function trust(address caller) public onlyAdmin {
        trusted[caller] = true;
    }
}
