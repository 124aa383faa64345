/** AddressToSign of OPERATOR, encrypted to the enclave of `publicKeys`. Another enclave cannot read it. */
export const encryptedRequest = {
  request: bytes(
    '04769147ccebeb151998c2280a5704f51205eb3509af49e5b15efa0436070b6ef721176aef4c2915a1ed7e4400e50e76fc8d' +
    'c76d3d50799353179f4191d76cb665e70c763788312c6e399964038255849c32f699fbb90fbf4cffe40e1636a5e046c599e7' +
    'ad7dab5084f6dc63e10284c9720e3613957641159372759f70ff1cc1aa5721c8181e3060b2058913cdc5d5edb085ff43c67a' +
    'dce6b4'
  ),
  response_key: bytes(
    '04bcfb2f5abf031e51d37694fafc9875b78481bb66930d65110721a1852e38ce8b047fc12828611817cbbd08dda5616815b7' +
    '21c79f4601cce9fedaf4a76336efef'
  ),
  signature: bytes(
    'b44e81a41efe982ecf7d86b0acf0f61600d0485b0231090c2d3d6e597fcb913377cc301829c3784b1e23c6b0b6023ee0d8ef' +
    'a4e847bf42fb67a262ba0e212e9e1b'
  ),
}

/** The answer to it: a signature, encrypted to response_key and signed by the enclave. */
export const encryptedAnswer = {
  response: bytes(
    '04ecfca4d5e02afa94321d2b3d1bb3bf728a994cbb1906a911315dd9c3883453c1686679c8da5c92e40c0112fbe0052e8daa' +
    '94ef466545c50b4a3d3c0734f4e65b6caf9bf3672b28d101b450682767a8c259113b8980f5d76b2caf18f764046c44d58193' +
    '0964c5385064ecf60bca97ecb4fd0cb623619e57efe30530a15f5466be1e401e03a505cb59059e46a1dc80c55b2a721cdc3c' +
    '9e8feaa870c2c3c95a703c75197e125a478bdce3357bac2b3d963c87cbf342df100603055f7d9887a473b5fc31e6eaad7f51' +
    '2e8c1845cbac9a52cfc26dbd04037e6e2b1d19d7f9ab5ce51b7f5783f173fc7ea8cae14491fe996895f06a8e6dc45902c463' +
    'f5'
  ),
  salt: bytes(
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031' +
    '32333435363738393a3b3c3d3e3f'
  ),
  signature: bytes(
    '7959bb379ae55644f0547554eedcc8461d894e713e3ab1e91f8070e3c32b81373e2a02229f9c6926d5e3aff0e3660f669616' +
    'eb8ad2bb822f3748b8117f9867da1c'
  ),
}

function bytes (hex: string): number[] {
  return [...Buffer.from(hex, 'hex')]
}
