/**
 * Values of the protocol's fixed examples (keys.json, password.json, recovery.json, vault.json), so that documented
 * requests have a form and signatures that hold; only the times are over. The tokens were signed with keys that exist
 * nowhere.
 */
export const EXAMPLE = {
  userId: '018f4e7e-7b7a-7c3e-9c5c-00000000000a',
  sessionId: '018f4e7e-7b7a-7c3e-9c5c-0000000000f1',
  loginId: 'alice@example.org',
  suite: 1,
  salt: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  authPublicKey: 'NMUEmOPs3Dylf8APy23q0jSlGsUimwBP7JdleFuCiwU',
  handleSignature: 'fuoU_Jc3la93ZV2bo97YWqKRo5vAaThio4zA0gIOpefvPwd998AyTLc0fIjfOVDXp6HegCqWAD3Tu5uPnMryBg',
  vault:
    'AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHB1yOgNMscrosmeoAc6dYs7qxI6FTTdPfn2mQCkKsV5GDgZSP4GEBRM6OYIqoSENZtZGg' +
    'ycJ5lHVmgRvxtV8MbNTwXWwjTAv0zCVokSeA1sNjfNuvE1Eq8NCQxyNH1sahICPfw9fsJrWvGVIH_sLyn9b_YV9Hcid9za7Adc2I' +
    'N2VDENWQ-staiAc74BcRRhsGzVaNQQNK4_IU1w0zNpeZBZ602NbAC3cHiVS7632tfqmJpzwOj8pT7B1TFObQjNbCjZj4lgtpQDET' +
    'L7s9W5jAtRIx4y5gwMopO8KGi9BfN0QJyhDoLb8e76gg6xUQyKQxzIWWL5isDhknSxLuLjg4Ek0BHDZBV1UKqCfSQqyNd9MP_aEZ' +
    'A53p5uiGQ8mxsRq8',
  passwordUnlock:
    'AQYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgypjmuuBPdRQUDOivTSEUtMetyMyeFrKPln1Znudtgo9p10DcXwClHd5kFETS7fjTik' +
    'dOs-c4LgIF3jOw_mF2RgjGpxntXdqn6GNbLdx-m2',
  recoveryAuthPublicKey: '8i9oBbQB6zEi6A5-9EwZ2VIBjjxX7rQ7GQxbMIhieWk',
  recoveryUnlock:
    'AQQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBMz1msWTPu3AB3ImnBIR-eMcPXEYFpAqOzGXSBGXjby0rBUkC3_EvBsluqQcq1_6ygys' +
    'uYUzKLy-iYx-7zIcLU1iAuaXCgOIMpjjYAfOw8iF',
  challenge: 'arE7gAUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU',
  loginSignature: 'J973qJdpR5fw3WlViFn_BWaACqLJ3MHIhYtOhVDwj5fdMtkX5qfvcjukGYWlosWSkLwMOo3XweXVyexEAFLADg',
  proof: '8uLhp00NXl7lSmcwyV8kRYuS4G39mVrRgPoPTbPibW3VpGnLsfDcv-n9_c5KsmmWSF8_hFEXiA6ZP4rdDTtPAA',
  authKeySignature: 'xAJMY2MX4X-pexRfsi25sbpTwWhu1N3zH9sRzRWcBxyLxXuHHThaNO3MXFY7mPBsP1jTOwy3x3O8H6IXlS9IAg',
  recoveryAuthKeySignature: 'zzyu8c-iO2_PMG0Mv8A4FVycAa2YsM7Tm8J8M8kYx5tGHhu-jeSRSJa8OdWTVLXm2duKdnu2MxSGiHIY4luSCg',
  invitation: 'QndFEE9v1DJu1-HkkutTDWqzrfbO3ilA',
  accessToken:
    'eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Ii13UlBVekJSRlhOVkg3RVAyeUxma0lEUDhJaFg1cUM1UGtJeThWeUt5' +
    'TGsifQ.eyJzaWQiOiIwMThmNGU3ZS03YjdhLTdjM2UtOWM1Yy0wMDAwMDAwMDAwZjEiLCJpYXQiOjE3OTAwMDAwMDAsImV4cCI6M' +
    'Tc5MDAwMDkwMCwiYXVkIjoibXNnLmV4YW1wbGUiLCJpc3MiOiJtc2cuZXhhbXBsZSIsInN1YiI6IjAxOGY0ZTdlLTdiN2EtN2MzZ' +
    'S05YzVjLTAwMDAwMDAwMDAwYSJ9.EE_bGWzcM0AWcx-UsB0IYRtTQG78ZPnxBx0mXPvVRxPMRdi8T4ox3Xly64qckr9cJywUFcRj' +
    'FsDaZkHXP2as9g',
  refreshToken: 'AY9Ofnt6fD6cXAAAAAAA8QAAAAPWkX0iBRiWc_xMv9zIV-y_q35iX0SQ8lfQxlyN1VQPSW2BDDMmRk6_7b_i7dmoQkM',
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'z10a3bqA2xmBNf91PUaUy5yjGrtiqOviAXEYct2HG5k',
    y: 'GjlFV2x-0mC0uAot5o9KyAKSVEmi_HDnfOdYz6uGe5A',
    kid: '-wRPUzBRFXNVH7EP2yLfkIDP8IhX5qC5PkIy8VyKyLk',
    alg: 'ES256',
    use: 'sig',
  },
  firstStatement:
    'c2VhbHBvc3Qva2V5cy92MQAAC21zZy5leGFtcGxlAY9Ofnt6fD6cXAAAAAAACgAAAAFcnG3yYcnLhAR1d2qu_NlEtAUyj6so-bOp' +
    'XvQEkNPehHpG4Sn9gFBHRIQ35HRPHxV2voxEn99X4MWA02xc_GZoBMAapmW_o8LPlihRlFImBEgXczLHIh-0FTyh9qaWpoguSm1A' +
    'UAPMy2wL5nUMc7aQwls38QRk9AQhcE34KyfjBS5yRawX0bY1oYHueDsJlQAIR44m0oULWK7BK28Ho4RqR5jVA3gqAm8ZFB-Pg1oD' +
    '-ick4zVEeB9O1aoUK4ep0x5psYYpIRhZuUJWRZOWksAlW11_aX6QUqM3gH6B44zKVFuBS5psG7-zYmNielSiPIjjVY1Edkdrmhig' +
    'Y0bRw62CZWs5amFOsB74iYzIlgkis4nWWU1TG5nwqVknkjTXK8tgmR7Zi3gYdEs2JBvpMDKxhXpApWfZhnWlMBS6eZVZy4wxA2eB' +
    'hy1e-6XrjLlTSDItcnnKyx2v5m_0g0CZZyE4K3DGUbi-ZBxzCMkMwCXMhoGGNSbGDBwHMF0rDAlvPDLnBodrwRyqK3uCIszL_J6z' +
    'AzXdcMT4Vqb7urzEWlurgXmkiWnY56jLtAbZ8qGpnK_5lFnZYaX5UhOz-baH7Fx-Cc9xU6jD0ElzEXLe3Mv9FiHTFmg3tx-bkaXd' +
    'wkDwHGwpKMu54C6jWEw8xllDwwV16cvWU8nuajP9pkqiMLGak3HpnEsaAl3Q9QGPuB5LqC7Lo8zHMm7gfB09d455tIZnZ8ftWRP_' +
    'VEhKFBhqYcJ5OoVPNZJlc2f9KGUWq0r_sijxd8hQyGubcJpAExQDcgofK6MueIzAkIxv4bpBNkYAUo-rFC9Ap8LZV2CG-FOVXAls' +
    'VHPoy5-LIDbsSRccJnj04yf8QAjZaKwp1bsTOjXLGhdagS6uJIddkYMmu6I0OAgwBWqyc4Pcg7IBPGwvAlSEEmRxJ5HmaBdGbBw0' +
    'RiH7I4QszEjDGVeALKHZC3EgNpb4HMUWkny0OBCSqlPi9xs1sKs-Zz0ciGjjV7lLgQ3K64UklDyTRrF0d7ilIzuR6JenJaZw4ABG' +
    'FIoHFpJ_hasULCsAzTpAS4SHnBP9dgy5ZWg69WAghcAriRSlMDO_7ImjYHubhZG7Y5AC-aKXLAP64BauOUAV8CSQ4SZBHIu21ks8' +
    'i2HIWEp-5VlGO5mxusMZBA8UlWgxs3xeRZ1ZBR9DA1gFaxRQZyiuclEQg14VeygIaZSf1yiG41Ysazz5scUM_MzJRo4DqCgDyBl1' +
    'djAPHIMclB_-VLA7BQiNoMTRty-hhnCQDDe9gc0SqIz-4CHGaEjHwYMKGCoGyx7fk4Sic3PFSYA_SmR3O5LfQjqUVXHEMXXeoa_f' +
    'dWZKYiC-UnBAtpYm8QDLsKToolzh6GsG_IUvMKgwYlm6wrMbklActcjB4M_lRwR5Wwe99490mpf9mDCzsnR3lqjdCTIjIH-Algs5' +
    'paq5MjbowJT4-qUr1ScmMwq2zMMbh1l8mL9Y5FuN8Gd9K8JPcWM9oJjCu5pbc1SRIUxp5EtLyK14S6KDKUWQ0g2vwC74Y5fF6ltT' +
    '4i35YML0l4u_RFvyQY78YA860JuVyHXQhxAfFJVGahIoYLmRM6tfUKbuBkFGmZ9Uh3yYEVMS9R7SnMupQzz1iHRXCQG526l5sSgz' +
    'w93IAM-aBddJxeYME8yqQRCafRcey-OUaVagx6ds8SLMOpgzOmt4f0dMa9RO3VoawRK2yqidcxswAAABoMRQbAAAAAAAAAAAAAAA' +
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  firstStatementSignature: '4WGvaTdZsOr87TN_do_R9KjSCv_ynTspU66RwcLjVS6F3_ilK-yBhhr_lsL7zQl8e0MMvjKXOntrU_HN1yLaDg',
  now: 1_790_000_000_000,
  challengeExpiresAt: 1_790_000_060_000,
  accessTokenExpiresAt: 1_790_000_900_000,
  refreshTokenExpiresAt: 1_797_776_000_000,
} as const;
