// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// The public getters of each generation have the shapes of the real contracts, and values that a test sets. A registry
/// is its own marketplace here, so only its address tells the two apart. The folder test/contracts/generations has the
/// rules of the real contracts.

struct FiveWords { uint8 state; uint256 compute; uint256 cost; uint256 time; uint256 activeRequests; }
struct SixWords { uint8 state; uint256 compute; uint256 commission; uint256 cost; uint256 time; uint256 activeRequests; }

struct FirstGenerator { address reward; uint256 stake; uint256 wanted; uint256 consumed; uint256 locked; uint256 markets; uint256 declared; bytes data; }
struct Generator { address reward; uint256 stake; uint256 wanted; uint256 consumed; uint256 locked; uint256 markets; uint256 declared; uint256 intendedStake; uint256 intendedCompute; bytes data; }
struct Prover { address reward; uint256 wanted; uint256 consumed; uint256 markets; uint256 declared; uint256 intendedCompute; bytes data; }

struct EnclaveMarket { address verifier; bool isEnclaveRequired; uint256 slashingPenalty; uint256 activationBlock; address ivsSigner; bytes ivsUrl; bytes metadata; }
struct ImageMarket { address verifier; bytes32 proverImageId; uint256 slashingPenalty; uint256 activationBlock; bytes32 ivsImageId; bytes metadata; }
struct CreatorMarket { address verifier; bytes32 proverImageId; uint256 slashingPenalty; uint256 activationBlock; bytes32 ivsImageId; address creator; bytes metadata; }
struct ShortMarket { address verifier; bytes32 proverImageId; bytes32 ivsImageId; address creator; bytes metadata; }

contract KeysByAddress {
    mapping(address => bytes) public pub_key;
    function setKey(address owner, uint256, bytes calldata key) external { pub_key[owner] = key; }
}

contract KeysByMarket {
    mapping(address => mapping(uint256 => bytes)) public pub_key;
    function setKey(address owner, uint256 market, bytes calldata key) external { pub_key[owner][market] = key; }
}

contract Nov2023 {
    mapping(address => mapping(bytes32 => FiveWords)) public generatorInfoPerMarket;
    mapping(address => FirstGenerator) public generatorRegistry;
    address public proofMarketPlace = address(this);
    mapping(bytes32 => address) public verifier;
    mapping(bytes32 => uint256) public slashingPenalty;

    function setInfo(address generator, uint256 market, uint8 state, uint256 active) external {
        generatorInfoPerMarket[generator][bytes32(market)] = FiveWords(state, 1, 2, 3, active);
    }
    function setMarket(uint256 market, bytes32, uint256 penalty) external {
        verifier[bytes32(market)] = address(this);
        slashingPenalty[bytes32(market)] = penalty;
    }
    function setAccount(address generator, uint256 stake, uint256 locked, uint256 wanted, uint256 consumed, uint256 declared, uint256) external {
        generatorRegistry[generator] = FirstGenerator(generator, stake, wanted, consumed, locked, 1, declared, "data");
    }
}

abstract contract GeneratorNames {
    mapping(address => mapping(uint256 => FiveWords)) public generatorInfoPerMarket;
    mapping(address => Generator) public generatorRegistry;

    function setInfo(address generator, uint256 market, uint8 state, uint256 active) external {
        generatorInfoPerMarket[generator][market] = FiveWords(state, 1, 2, 3, active);
    }
    function setAccount(address generator, uint256 stake, uint256 locked, uint256 wanted, uint256 consumed, uint256 declared, uint256 intended) external {
        generatorRegistry[generator] = Generator(generator, stake, wanted, consumed, locked, 1, declared, intended, intended, "data");
    }
}

contract Jan2024 is GeneratorNames {
    address public proofMarketPlace = address(this);
    mapping(uint256 => EnclaveMarket) public marketData;
    function setMarket(uint256 market, bytes32 image, uint256 penalty) external {
        marketData[market] = EnclaveMarket(address(this), image != 0, penalty, 1, address(0), "url", "metadata");
    }
}

contract Feb2024 is GeneratorNames {
    address public proofMarketplace = address(this);
    mapping(uint256 => ImageMarket) public marketData;
    function setMarket(uint256 market, bytes32 image, uint256 penalty) external {
        marketData[market] = ImageMarket(address(this), image, penalty, 1, 0, "metadata");
    }
}

/// The same getters in June 2025.
contract Oct2024 is GeneratorNames {
    address public proofMarketplace = address(this);
    CreatorMarket[] public marketData;
    function setMarket(uint256 market, bytes32 image, uint256 penalty) external {
        while (marketData.length <= market) marketData.push();
        marketData[market] = CreatorMarket(address(this), image, penalty, 1, 0, msg.sender, "metadata");
    }
}

abstract contract ProverNames {
    mapping(address => Prover) public proverRegistry;
    address public proofMarketplace = address(this);
    function setAccount(address prover, uint256, uint256, uint256 wanted, uint256 consumed, uint256 declared, uint256 intended) external {
        proverRegistry[prover] = Prover(prover, wanted, consumed, 1, declared, intended, "data");
    }
}

contract Dec2024 is ProverNames {
    mapping(address => mapping(uint256 => FiveWords)) public proverInfoPerMarket;
    CreatorMarket[] public marketData;
    function setInfo(address prover, uint256 market, uint8 state, uint256 active) external {
        proverInfoPerMarket[prover][market] = FiveWords(state, 1, 2, 3, active);
    }
    function setMarket(uint256 market, bytes32 image, uint256 penalty) external {
        while (marketData.length <= market) marketData.push();
        marketData[market] = CreatorMarket(address(this), image, penalty, 1, 0, msg.sender, "metadata");
    }
}

contract Feb2025 is ProverNames {
    mapping(address => mapping(uint256 => SixWords)) public proverInfoPerMarket;
    ShortMarket[] public marketData;
    function setInfo(address prover, uint256 market, uint8 state, uint256 active) external {
        proverInfoPerMarket[prover][market] = SixWords(state, 1, 0, 2, 3, active);
    }
    function setMarket(uint256 market, bytes32 image, uint256) external {
        while (marketData.length <= market) marketData.push();
        marketData[market] = ShortMarket(address(this), image, 0, msg.sender, "metadata");
    }
}

contract Multicall3 {
    struct Call3 { address target; bool allowFailure; bytes callData; }
    struct Result { bool success; bytes returnData; }

    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory results) {
        results = new Result[](calls.length);
        for (uint256 index = 0; index < calls.length; index++) {
            (bool success, bytes memory data) = calls[index].target.call(calls[index].callData);
            require(success || calls[index].allowFailure, "Multicall3: call failed");
            results[index] = Result(success, data);
        }
    }
}
