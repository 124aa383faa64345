// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import "./shared/AskGenerators.sol";
import "./shared/Enclave.sol";

// Kalypso of February 2024 (60ddae0). A key belongs to an account and a market. It is taken once, because the registry
// knows each key that it verified. updateEncryptionKey wants a signature over the account (signAddress).
// joinMarketplace wants one over the attestation and the account (signAttestation). A private market takes an
// attestation of its image from everyone who joins, with a new key or without. The check for public markets in
// updateEncryptionKey is always true, so it never refuses a key. A public market refuses a key because of the image.
// G15 is never seen, and an attestation with PCRs of zeros passes. Reverts carry the codes of the real error list.

/// The attestations of this generation: (signature, key, PCR0, PCR1, PCR2, CPUs, memory, timestamp in milliseconds).
library Attestation {
    function image(bytes memory attestation) internal pure returns (bytes32) {
        (,, bytes memory pcr0, bytes memory pcr1, bytes memory pcr2,,,) =
            abi.decode(attestation, (bytes, bytes, bytes, bytes, bytes, uint256, uint256, uint256));
        return Enclave.imageOf(pcr0, pcr1, pcr2);
    }

    function timestamp(bytes memory attestation) internal pure returns (uint256 milliseconds_) {
        (,,,,,,, milliseconds_) = abi.decode(attestation, (bytes, bytes, bytes, bytes, bytes, uint256, uint256, uint256));
    }

    /// The key in `attestation`, which must have signed `content`.
    function keyThatSigned(bytes32 content, bytes memory attestation, bytes memory signature)
        internal pure returns (bytes memory key)
    {
        (, key,,,,,,) = abi.decode(attestation, (bytes, bytes, bytes, bytes, bytes, uint256, uint256, uint256));
        require(key.length == 64, "G7");
        require(Enclave.signerOf(content, signature) == Enclave.accountOf(key), "A10");
    }
}

contract EntityKeyRegistry is Roles {
    mapping(address => mapping(uint256 => bytes)) public pub_key;
    mapping(bytes32 => bool) private whitelistedImages;
    mapping(address => bytes32) private verifiedKeys;

    function whitelistImageUsingPcrs(bytes calldata pcrs) external onlyTrusted {
        (bytes memory pcr0, bytes memory pcr1, bytes memory pcr2) = abi.decode(pcrs, (bytes, bytes, bytes));
        require(pcr0.length == 48 && pcr1.length == 48 && pcr2.length == 48, "AA:WI-PCR values must be 48 bytes");
        whitelistedImages[Enclave.imageOf(pcr0, pcr1, pcr2)] = true;
    }

    function updatePubkey(address owner, uint256 marketId, bytes calldata key, bytes calldata attestation) external onlyTrusted {
        address account = Enclave.accountOf(key);
        require(verifiedKeys[account] == bytes32(0), "G13");
        bytes32 image = Attestation.image(attestation);
        require(whitelistedImages[image], "AA:VK-Enclave image to verify not whitelisted");
        uint256 oldest = block.timestamp - Enclave.ACCEPTABLE_ATTESTATION_DELAY;
        require(Attestation.timestamp(attestation) / 1000 > oldest, "AA:VK-Attestation too old");
        pub_key[owner][marketId] = key;
        verifiedKeys[account] = image;
    }

    function removePubkey(address owner, uint256 marketId) external onlyTrusted {
        delete pub_key[owner][marketId];
    }
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
        require(data.length != 0 && rewardAddress != address(0) && declaredCompute != 0, "A3");
        require(generatorRegistry[msg.sender].rewardAddress == address(0), "G1");
        add(rewardAddress, declaredCompute, initialStake, data);
    }

    function stake(address account, uint256 amount) external {
        require(generatorRegistry[account].rewardAddress != address(0), "G2");
        require(amount != 0, "A3");
        addStake(account, amount);
    }

    function deregister(address refundAddress) external {
        require(generatorRegistry[msg.sender].sumOfComputeAllocations == 0, "G3");
        refund(refundAddress);
    }

    function updateEncryptionKey(uint256 marketId, bytes memory attestation, bytes calldata signature) external {
        (, bytes32 image) = readMarket(marketId);
        require(image == Attestation.image(attestation), "A11");
        require(generatorRegistry[msg.sender].rewardAddress != address(0), "A3");
        updateKey(marketId, keccak256(abi.encode(msg.sender)), attestation, signature);
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
        require(generatorRegistry[msg.sender].rewardAddress != address(0), "G2");
        (address verifier, bytes32 image) = readMarket(marketId);
        require(verifier != address(0), "M1");
        require(generatorInfoPerMarket[msg.sender][marketId].state == GeneratorState.NULL, "M2");
        require(proposedTime != 0 && compute != 0, "A3");
        require(join(marketId, compute, cost, proposedTime), "M3");
        if (Enclave.isPublic(image)) return;
        require(image == Attestation.image(attestation), "A11");
        if (updateMarketDedicatedKey) {
            updateKey(marketId, keccak256(abi.encode(attestation, msg.sender)), attestation, signature);
        }
    }

    /// Leaves at once where the generator owes nothing.
    function requestForExitMarketplace(uint256 marketId) external {
        require(requestExit(marketId), "G8");
        if (generatorInfoPerMarket[msg.sender][marketId].activeRequests == 0) leaveMarket(marketId);
    }

    function leaveMarketplace(uint256 marketId) external {
        (address verifier,) = readMarket(marketId);
        require(verifier != address(0), "M1");
        GeneratorInfoPerMarket memory info = generatorInfoPerMarket[msg.sender][marketId];
        require(info.state != GeneratorState.NULL, "G9");
        require(info.activeRequests == 0, "M4");
        leaveMarket(marketId);
    }

    function assignGeneratorTask(address account, uint256 marketId, uint256 stakeToLock) external onlyTrusted {
        (GeneratorState state, uint256 idle) = getGeneratorState(account, marketId);
        require(state == GeneratorState.JOINED || state == GeneratorState.WIP, "G4");
        GeneratorInfoPerMarket memory info = generatorInfoPerMarket[account][marketId];
        require(info.computePerRequestRequired <= idle, "G5");
        require(info.activeRequests <= PARALLEL_REQUESTS_UPPER_LIMIT, "G12");
        require(usableStake(account) >= stakeToLock, "A5");
        lock(account, marketId, stakeToLock);
    }

    function completeGeneratorTask(address account, uint256 marketId, uint256 stakeToRelease) external onlyTrusted {
        (GeneratorState state,) = getGeneratorState(account, marketId);
        require(state != GeneratorState.NULL && state != GeneratorState.JOINED, "G6");
        release(account, marketId, stakeToRelease);
    }

    function updateKey(uint256 marketId, bytes32 content, bytes memory attestation, bytes memory signature) private {
        bytes memory key = Attestation.keyThatSigned(content, attestation, signature);
        ENTITY_KEY_REGISTRY.updatePubkey(msg.sender, marketId, key, attestation);
    }

    function readMarket(uint256 marketId) private view returns (address verifier, bytes32 image) {
        (verifier, image,,,,) = proofMarketplace.marketData(marketId);
    }
}

/// marketData answers zeros for a market that does not exist.
contract ProofMarketplace is Roles {
    struct Market {
        address verifier;
        bytes32 proverImageId;
        uint256 slashingPenalty;
        uint256 activationBlock;
        bytes32 ivsImageId;
        bytes marketmetadata;
    }

    GeneratorRegistry public immutable GENERATOR_REGISTRY;
    EntityKeyRegistry public immutable ENTITY_KEY_REGISTRY;
    uint256 public marketCounter;
    mapping(uint256 => Market) public marketData;

    constructor(GeneratorRegistry generators, EntityKeyRegistry keys) {
        GENERATOR_REGISTRY = generators;
        ENTITY_KEY_REGISTRY = keys;
    }

    function createMarketplace(
        bytes calldata metadata, address verifier, uint256 penalty, bytes calldata proverPcrs, bytes calldata ivsPcrs
    ) external {
        require(penalty != 0 && metadata.length != 0 && verifier != address(0), "A3");
        bytes32 image = Enclave.imageOfPcrs(proverPcrs);
        marketData[marketCounter++] =
            Market(verifier, image, penalty, block.number + 100, Enclave.imageOfPcrs(ivsPcrs), metadata);
        ENTITY_KEY_REGISTRY.whitelistImageUsingPcrs(proverPcrs);
        ENTITY_KEY_REGISTRY.whitelistImageUsingPcrs(ivsPcrs);
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
