// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import * as Oct2024 from "./Oct2024.sol";

// Kalypso of June 2025 (66d489f), which went back from provers to generators. Its registry, its keys, its markets and
// its errors are those of October 2024. A key is taken once, with signAttestation. A public market refuses a key.
// marketData reverts if a market does not exist. Only two things are new: bytes that go with an ask, and a helper for
// the block number.

contract EntityKeyRegistry is Oct2024.EntityKeyRegistry {}

contract GeneratorRegistry is Oct2024.GeneratorRegistry {
    constructor(Oct2024.StakingToken stakingToken, EntityKeyRegistry keys) Oct2024.GeneratorRegistry(stakingToken, keys) {}
}

contract ProofMarketplace is Oct2024.ProofMarketplace {
    constructor(GeneratorRegistry generators, EntityKeyRegistry keys) Oct2024.ProofMarketplace(generators, keys) {}
}
