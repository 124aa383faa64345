/** An operator's view of one generation of the Kalypso contracts. Source: marlinprotocol/kalypso-contracts. */
export interface Generation {
  /** The month of the commit. Several months stand together when nothing here tells them apart. */
  name: string
  /** The form of market ids that its listener reads. */
  marketIds: 'decimal' | 'hash'
  /** The registry accepts a key only once, so only one generator or market can hold it. */
  isKeyOnce: boolean
  /** The calls that register the enclave's key. They follow the words "Register this enclave's key". */
  keyCalls: { joined: string, notJoined: string }
  join: 'joinMarketPlace' | 'joinMarketplace'
  /** False when no public getter tells the stake. */
  tellsStake: boolean
}

const FROM_OCTOBER_2024 = {
  marketIds: 'decimal',
  isKeyOnce: true,
  keyCalls: {
    joined: 'signAttestation, then updateEncryptionKey of the SDK',
    notJoined: 'signAttestation, then joinMarketplace of the SDK with the key',
  },
  join: 'joinMarketplace',
} as const

function inBothCases (call: string) {
  return { joined: call, notJoined: call }
}

export const GENERATIONS = {
  nov2023: {
    name: 'Nov 2023',
    marketIds: 'hash',
    isKeyOnce: false,
    keyCalls: inBothCases('no signature: the admin of the proof marketplace calls its updateEncryptionKey'),
    join: 'joinMarketPlace',
    tellsStake: true,
  },
  jan2024: {
    name: 'Jan 2024',
    marketIds: 'decimal',
    isKeyOnce: true,
    keyCalls: inBothCases('signAddress, then updateEncryptionKey of the SDK'),
    join: 'joinMarketPlace',
    tellsStake: true,
  },
  feb2024: {
    ...FROM_OCTOBER_2024,
    name: 'Feb 2024',
    keyCalls: {
      joined: 'signAddress, then updateEncryptionKey of the SDK',
      notJoined: 'signAttestation, then joinMarketplace of the SDK with the key; after a join without it signAddress, then updateEncryptionKey',
    },
    tellsStake: true,
  },
  oct2024: { ...FROM_OCTOBER_2024, name: 'Oct 2024 or Jun 2025', tellsStake: true },
  dec2024: { ...FROM_OCTOBER_2024, name: 'Dec 2024', tellsStake: false },
  feb2025: { ...FROM_OCTOBER_2024, name: 'Feb 2025', tellsStake: false },
} as const satisfies Record<string, Generation>
