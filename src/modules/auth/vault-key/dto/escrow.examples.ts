/**
 * Values on top of those of auth.examples.ts and credentials.examples.ts: the escrow of the protocol's fixed examples
 * (vault.json), and a new vault key for the account with version 2 of its keys. The signatures hold.
 */
export const ESCROW = {
  fingerprint: 'eNG0004SRa8FD5YbGidpKbzOdTC4zElZ-wqQ-yYadt0',
  unlock:
    'AX-k0xmnQP9Gzcaet_S5ArXWOq7jNOVtA5ccl_EcgZp3PuyIYCGZdy2VLPut65xXWS047SCMTkre06qxk7l8iSjSB-bwrPelItQn' +
    '2U136fNriquKriWleTVAQV1AqR7aDwfPn0-FPYeTNt_5Pn_WDKY2pPSTCWX_YRqhyVpAxRsRPBjY_1kDtmfGzrNZNs-FwYGs8z7I' +
    '-qN2D0iF2OMJm1X0m-q5pFMjSNpZvXiKYRixUUpL8lf0ydlAml4xZE_uimND-K8ptm8jcmqDIjHH4QTEZ0cXjFdjMsDjvC932c6t' +
    '4LsNr2Ql9SqAe-5pPSfWKViLnTkRq_o3MQj_aXZ1aSmoM5Ou3u99MEW60Ko5bCm8YOiBEl2JSvGEsMSEhHQ69GBBm5KuV5piXjpT' +
    'UPvTLBvQnFXQGxC3_MONqTlDOPQiIoGO8YP93e_PlHs_A4YZbGQovlcKaL1nVClldsypA0uG7Ozkaj4kaxzsdiJcmk__3qoRPz97' +
    'LxtY2amhe4WkghjRf-IMa155ux1-kALZUUokgLLAYeTrFxLG-ejG56-bCWFrGMKDN_G13T4V05otxs2NvuRsE0j1ZS-A_O7pF3TZ' +
    'grGUVf9vKviPGUcjYo7QqvbpcwPHtuyLXndesJelhuZ5BamoLUDBRR2jQWJPdXWaaoT8RUHWZDn8Lan_CYliQGfc-2l1N4snvwD0' +
    'fOgZxiHMz4tLbzsFQhvzmAEnlj-KkMVVO1QqmqVH4DDWBMzquyCoDnjcSLx1I1eIGaIQbIWQZ5xawR_EAbOW7XTCU8CSRcBSWPoy' +
    'BuS6fYKmYQ9EttIHgDZ6bT42DN9-M-H9veBnc_tOEb11iWrGZ9CXYXi6gQnFtzZJcCmbSZI2i-KrlgSbbCYwfMYf8nsfKm8jrlIp' +
    '2BLB6csyFs5thTImtUvVuVIlitmZZMaAHWxGb1Z-y0GJ1Ic81I9Vye-ZUI0g8hVdXcIH3JWx01Dx3FktLwKBNZQRwQ961WszKztm' +
    'SpvOIurFMsLN0IO24Qh5ZCbhKnvrsrEGtvCRz6h5Y0xH71c-gADpG1a20Z25fI-666kOLaMrsEsB4vd1kjJrFGopr2z2QdExv0sE' +
    'Ec37ApHaS8d44p0hq0rFFexpiTmOJPQ6uf54dtKncvTsPNEGytUiFrp4csPl6BoTtGZ7ydGmn4fDIhzBDrzF-e72aw-u7HRkzspO' +
    'gAGxV7waYGvaXyew--pU9EW4lkCLAa1sO39Wau0xJ84xN7ZOllQI15h6uo3rOYjWX4wqh7L-WlTV3vXd9zc3JiMLiyzDb-voW7kD' +
    'CTUCOc0bFDbOA4OgGaK7ZBwD2_R6GWLuue2fPOSJJan4vJe2d-BFUXUIA25INEZiVhndMeb1niom1lLaY48HGbW7deZMDDrzgvN8' +
    'S8W0_LP0mpgCMJHPjkUtyO899cfumHS22AjP6hzZuPPQSUY5nBJ-bKO_Odl2qzaoCFMb1-wuS0-KrjqQE0U01Q9BHTd6LAVQnbm4' +
    'dUbkSqp6VFvORg-TrEmA_cAhkOYFvz3IL82Dikx2m1jUht12HI6JpjneY3I',
  proof: 'HSCv04W-RUbuumuMqpN7VaKbsG-lW0wrpm-rimt_sO92hwVBq10jdnV2tuFxgrRBuAbCkXXU0cEPAcj5DNzACw',
} as const;

export const REKEY = {
  vaultVersion: 2,
  handleSignature: 'rra_klqf1myiuPs0eI1BYQhSI1iYNc6i1h551zdbuBAyivurT57sspGfrpdSMr8ag1b7a4KA7vqddDmiBgWGCQ',
  recoveryAuthPublicKey: 'oJql9HpnWYAv-VX43C0qFKXJnSO-l_hkEn_5ODRVpPA',
  stateHash: 'A'.repeat(43),
  proof: '7b-e8dP_fJch8opek-1KdMnccvsJiORFWjq3GB96n2wWCdsSy2RpeGZcEfrOOeGO2EhFfo-JezyS0G66SrkkAQ',
  authKeySignature: 'oO4AlHDMZo5hTCvGIq4OHaMSvgykFAQgbIQMQxv17aNJKii-1DOsCj9MlhQhxNqVPTEX2wDevAhXtCCPXGLUBg',
  recoveryAuthKeySignature: '62y7yWad3XJBKNXEilLXNyw2vLTwEyxewUM5MuQVrVgB8ehb2PcDPVwoIJCPDws8t6uaaB8hB3qTbvEVHt9xAQ',
} as const;
