/** Values of the protocol's fixed examples (keys.json, vault.json): documented requests and answers are real ones. */
export const EXAMPLE = {
  alice: '018f4e7e-7b7a-7c3e-9c5c-00000000000a',
  bob: '018f4e7e-7b7a-7c3e-9c5c-00000000000b',
  loginId: 'alice@example.org',
  handleSignature: 'rra_klqf1myiuPs0eI1BYQhSI1iYNc6i1h551zdbuBAyivurT57sspGfrpdSMr8ag1b7a4KA7vqddDmiBgWGCQ',
  version: 2,
  createdAt: 1_790_000_100_000,
  statement:
    'c2VhbHBvc3Qva2V5cy92MQAAC21zZy5leGFtcGxlAY9Ofnt6fD6cXAAAAAAACgAAAAJmzWCLkouI5Q4O_qoz-' +
    'vHEPO_gcpSwuH6f4Kumo892MyDbp_nJam5DSmzIei-iL_GCe3Hw5iuQAf0dQ098qOI6BMDtulNwecwJ5R2UijiQ9xYemo1a86_Lp' +
    'T6ZSzU7hh18qw36WkwzyjUxkHsXmYeA4Q55eiikK0M-' +
    'BnHiG1ns0MasG28cGogXssNOtFSjYVEB1GJN1FSk3Cq1S8QL6QvO9VaEus3kYiccUs6aTAXV0BWEo26oVFeZ-xLACh-' +
    'zEYIZCMeqQoRs8xUZaV8Nin4RUEUSwzUI6U2pcwkmBKFnR7-U0sNQimhNfAe3HEyeDKXDwDGClnzBVRr-NzUOkikiqlz0QUgBdxT' +
    'HCVyXcRvJiZl6BCe4Mk1qeRUFdIEBOiPZeLC8apA90bw4cy5KtcZLi6kQMwUlmonxFD8yZBvFQID7BMfQSm-' +
    '80Su8kLgjLBWJOxMUs10JEFUq-qsD2XNsZsjj9UF7mKbqCsyXWi1A0aCbU3kjiSRN08ny3EoC4x-' +
    '2YWb5umDNk4eyJY3MqnY_6WzL2HvOOBG64QjwqqLA6M6E5VZ3tmusJQR78YZLkcp1t05FQZCldjz13Dyh4LutUn1Pio9SIxeMikf' +
    'RlI2fAIKVZIUYSX_TRj3DkIl8hDsixMOuUo5QzB0y5Ic4cEV4iw1U-Kf8lHYEmwy9QBGXtn3oFgh7e2Vqhi2GOM6f-' +
    '5rVjJgLCMw-RwhgZhZPF3nO42G1WEmPhVf0ZBdhJpPwBC5uekkIOrNMt7mTZsYc-MwxJW8QxHa8pzcdiw_w879ZnEitJM-' +
    'yK2lQ3BlY42msMTD1gnfmyLPZSp8DlCkNVEVhm8HJhw5Ihwy3k5Hw-hx3-6Oy6bC1eAYZ3Js-S3yi-' +
    '4iVm3410h7EM5ePJgI5BjGy8zGCDFIR0rvJNIElQJRBREchAC7a23FzG1aI4Fmn2RhSoEhd2IXKxSxBsX8OmDbbZ2B92nn9UENzb' +
    'JKf6gcrwKVpMx6-' +
    'OJ4aQCLgKbtU4mTq4yPiiKHLO6X4W1D0esJ4C1s8UoWyiI3c7DnoVjn4GEunlKdghljSVb6VNLybZZSxcgwFtyuAECEFK8g3M8TY' +
    'kbRWeT0LhYg6vFbfxDGB8Ae4NYR6ugpxcQCRsUpEaUYXKAJOjK6H5lflFDNXZrxlh6O2sx9HQrTa4gU-' +
    'ezr4iguKCB_1e4zw5wnSoBp897oaBFJbYoIJts1FQsr5oUl0zG_DyVfdeHD-UVcd6Bj1c82m56yjx4y31TKjSGBKsTdEBH7FwEWT' +
    'OJ3doqSszBQWHMA_6wctOgPuxsojaD3zcJ6zUkkpNMN_HMa3GBC71AAmJicRKIQ8l2cjYg89Y0_RZmcj0kMAs7IK18Osi034cBL5' +
    'KB0KSwJsuRVFyVuutpphKzNtyDaQ6411-jNxqoeBJz-j0k6NZqXv-' +
    'K3MiBOHqbNcRFLpeMdaCqZ7N6XYaIwYEpGBy7FxIBsE17ZJKR5He6oko3vqIZSRVo42YS8jcQbBYL2XsUlTOjPQ6jIqPLkTHDkbk' +
    '7vNEDIGBHT-uWP2UrhLObkUgqL14KIBucSLtZ3SvMxhK5iQWaIAXQJ1gMbIIn4zWRVZJ4ExSTqSN8d1mqTHhB4Q17-' +
    '1vFnOl5sWeIdNusXG5hlpetDDezBQjw-6NVpVY-ceW5x8nS6v_iuOWgyY4S2bix1Vg5sEJ2EFuh2R66IPS8y53wyy0QRh0rNjAAA' +
    'BoMRR8qAAvuLyhJwgv0nv03k1YH_I_R7GHYhM9Fhf7oZBcuHb_94AAA',
  signature: 'x9sxEpVVf6QlS0nnhcEIP12YnNrL__vjxoGCj5PmtVE8LrIaGhFN9Ymn-1kmj_0PnVq1jIow_B0BfQQndjr2CA',
  previousSignature: 'dI7oZeJ6kwgIoafgHbyqMouF0Pemrklf816bEup4klYBvxLO6sUA2B1NNBvszOKh1TtsyayKGeyyhrrhq5o-BA',
  keysHash: 'sTSyv3LC6lSFyymm-Y9fecin_eTMi8wfAbi50uUQC70',
  previousKeysHash: 'vuLyhJwgv0nv03k1YH_I_R7GHYhM9Fhf7oZBcuHb_94',
  signingPublicKey: 'Zs1gi5KLiOUODv6qM_rxxDzv4HKUsLh-n-CrpqPPdjM',
  boxPublicKey: 'INun-clqbkNKbMh6L6Iv8YJ7cfDmK5AB_R1DT3yo4jo',
  kemPublicKey:
    '7bpTcHnMCeUdlIo4kPcWHpqNWvOvy6U-mUs1O4YdfKsN-' +
    'lpMM8o1MZB7F5mHgOEOeXoopCtDPgZx4htZ7NDGrBtvHBqIF7LDTrRUo2FRAdRiTdRUpNwqtUvEC-' +
    'kLzvVWhLrN5GInHFLOmkwF1dAVhKNuqFRXmfsSwAofsxGCGQjHqkKEbPMVGWlfDYp-EVBFEsM1COlNqXMJJgShZ0e_lNLDUIpoTX' +
    'wHtxxMngylw8AxgpZ8wVUa_jc1DpIpIqpc9EFIAXcUxwlcl3EbyYmZegQnuDJNankVBXSBAToj2XiwvGqQPdG8OHMuSrXGS4upED' +
    'MFJZqJ8RQ_MmQbxUCA-' +
    'wTH0EpvvNErvJC4IywViTsTFLNdCRBVKvqrA9lzbGbI4_VBe5im6grMl1otQNGgm1N5I4kkTdPJ8txKAuMftmFm-bpgzZOHsiWNz' +
    'Kp2P-' +
    'lsy9h7zjgRuuEI8KqiwOjOhOVWd7ZrrCUEe_GGS5HKdbdORUGQpXY89dw8oeC7rVJ9T4qPUiMXjIpH0ZSNnwCClWSFGEl_00Y9w5' +
    'CJfIQ7IsTDrlKOUMwdMuSHOHBFeIsNVPin_JR2BJsMvUARl7Z96BYIe3tlaoYthjjOn_ua1YyYCwjMPkcIYGYWTxd5zuNhtVhJj4' +
    'VX9GQXYSaT8AQubnpJCDqzTLe5k2bGHPjMMSVvEMR2vKc3HYsP8PO_WZxIrSTPsitpUNwZWONprDEw9YJ35siz2UqfA5QpDVRFYZ' +
    'vByYcOSIcMt5OR8Pocd_ujsumwtXgGGdybPkt8ovuIlZt-' +
    'NdIexDOXjyYCOQYxsvMxggxSEdK7yTSBJUCUQURHIQAu2ttxcxtWiOBZp9kYUqBIXdiFysUsQbF_Dpg222dgfdp5_VBDc2ySn-' +
    'oHK8ClaTMevjieGkAi4Cm7VOJk6uMj4oihyzul-FtQ9HrCeAtbPFKFsoiN3Ow56FY5-BhLp5SnYIZY0lW-' +
    'lTS8m2WUsXIMBbcrgBAhBSvINzPE2JG0Vnk9C4WIOrxW38QxgfAHuDWEeroKcXEAkbFKRGlGFygCToyuh-' +
    'ZX5RQzV2a8ZYejtrMfR0K02uIFPns6-IoLiggf9XuM8OcJ0qAafPe6GgRSW2KCCbbNRULK-' +
    'aFJdMxvw8lX3Xhw_lFXHegY9XPNpueso8eMt9Uyo0hgSrE3RAR-xcBFkzid3aKkrMwUFhzAP-' +
    'sHLToD7sbKI2g983Ces1JJKTTDfxzGtxgQu9QAJiYnESiEPJdnI2IPPWNP0WZnI9JDALOyCtfDrItN-HAS-SgdCksCbLkVRclbrr' +
    'aaYSszbcg2kOuNdfozcaqHgSc_o9JOjWal7_itzIgTh6mzXERS6XjHWgqmezel2GiMGBKRgcuxcSAbBNe2SSkeR3uqJKN76iGUkV' +
    'aONmEvI3EGwWC9l7FJUzoz0OoyKjy5Exw5G5O7zRAyBgR0_rlj9lK4Szm5FIKi9eCiAbnEi7Wd0rzMYSuYkFmiAF0CdYDGyCJ-' +
    'M1kVWSeBMUk6kjfHdZqkx4QeENe_tbxZzpebFniHTbrFxuYZaXrQw3swUI8PujVaVWPnHlucfJ0ur_4rjloMmOEtm4sdVYObBCdh' +
    'BbodkeuiD0vMud8MstEEYdKzYw',
  vault:
    'AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHB1yOgNMscrosmeoAc6dYs7qxI6FTTdPfn2mQCkKsV5GDgZSP4GEBRM6OYIqoSENZtZGg' +
    'ycJ5lHVmgRvxtV8MbNTwXWwjTAv0zCVokSeA1sNjfNuvE1Eq8NCQxyNH1sahICPfw9fsJrWvGVIH_sLyn9b_YV9Hcid9za7Adc2I' +
    'N2VDENWQ-staiAc74BcRRhsGzVaNQQNK4_IU1w0zNpeZBZ602NbAC3cHiVS7632tfqmJpzwOj8pT7B1TFObQjNbCjZj4lgtpQDET' +
    'L7s9W5jAtRIx4y5gwMopO8KGi9BfN0QJyhDoLb8e76gg6xUQyKQxzIWWL5isDhknSxLuLjg4Ek0BHDZBV1UKqCfSQqyNd9MP_aEZ' +
    'A53p5uiGQ8mxsRq8',
  vaultVersion: 2,
};
