/**
 * Values of a reset on top of those of auth.examples.ts: the account begins anew with version 3 of the fixed examples
 * (keys.json), which has the recovery flag. The signatures hold.
 */
export const RESET = {
  vaultVersion: 3,
  keys: {
    statement:
      'c2VhbHBvc3Qva2V5cy92MQAAC21zZy5leGFtcGxlAY9Ofnt6fD6cXAAAAAAACgAAAANRHDShostSHfFrska43o55l84jXH52sio9' +
      'dQOiSBndit2mli5xDZ8z889uxI-hchG5GXHzTgoSjszDDvC671oHBMAyQmbQ8iI1cLTiaHOH4bXNUTLJBRhYMp07N89ou6qnScsw' +
      'hzHveAhXYSsqsTOfeEGGai9wBa22fLaTYseGI7pVrAzr9msFAnHIq0i6m3P7nLjwF3-pg7HeYjP8KWTotZGkEM-ttI6Fdn340zht' +
      'PLiDIgkTQZMJGWrOpRkb0L7hwMCblkC8NSIuVA2UxKnaohsVHI4tii0VqDiXl6vU2ZRr4My3pZonRaEN439AlVfN6TVIdianixB-' +
      's2QnJq2HCgbZ1pi2SAsAWUwFNGt5dzq18RkfwcBOlci6hTcV17c7ZlFkosPHKE59cGqFm4uJWHJS0cQeUoe2fCeq569i81wAoLcS' +
      'HM1poyc50aNmlVpth1VtwavyN4ZRFjn5BBLEI24Wsnly1HJqicXVR4-PSxxq15cox2N54RDBaWIU3ASJZ8hcoaWdNs6uWrYx5FS2' +
      '97qeLH4D5AwjRBLf2s9rYRl6Gnei6Z_dNEsPqi0swLcYVb6qbGT542n-CJ_xdSr81VA9yHaPSWQr2F1BZmn4xAX2woMIKqBk2W0z' +
      'mscSO4hMMXlYUzxPy7e70xmKMs6I5Eq34Csm9ZWM61sFS7KuPCtVdLCqFSIC8scZZotfuGZ6SznHAVbUh8-3Glo_UHijYYKfqG0h' +
      '4HtXmp_WSznd41JvYC1V_Ge1NEDFtWAtwD__Uq2h_D_JmUpDo6WikHE1VKqSLBAHWgqrOQ3mJzid_K3lBz5n5SshymeN5DcEQTeh' +
      'xXG5Ewzjlpo6E5GxiieagkuynCqcIwHWySLk0QwtRjk4Ep8YFJbcF2JWZxDTGTpkWk8GaW_DSQ-IeLPHVhhXSnHuALnG8MVvkpSP' +
      'VbaDtnSV50Q8uHSKcySCZalksUKlJVbG1yZgJwn-1zuwcVWT6ld3BrXcNAka8WmxNKJE8sakmcMiV5y0ll-a43I6zMRW-6yZp8iT' +
      'jC7K1cRnAECtV21es2kpOMNswbsvZpkf-3aKtlNrMVwUU49bcpDaNDSkZ4jU56FNU3MXeiURdJMNJDR78TMdYRcTiWPE989j8ACf' +
      'MF_sxnJppYmB4iQzAboet2cwh7O-1wUnfCWll8kkqDSUFK2Ter2p0qcyW66xQzs0qT5g2ApZU5-4Akx81E5KIlF4OAa8lnokS64i' +
      'mptjQV-64wL69MI6fF3dAKyzBgA_BRbmJ27k4DCRVhbOMXqiBY3ZscC4a0tG6F-a44frcn5b67pp8ZdqXBbhSBN5dzwap6KlopFu' +
      'iVwzisIQFs6Ha8pWC2JUUhFv1nOSAwZ6im5-CqJnQG0lUJGeyH11YmPDijEfJ2KcFoqacgQyecnkMgo5S0bbdh4ionzVcsBeGzeg' +
      '7Er3-k6tU8u6mFSDcJo4-Aq2xxAlEwNtSMq_J7QW6EaCLLmnzBPZlJFYehRho3_Te1m7ta1TEneddZMj6APhw4B54AOAFro46FPF' +
      'yytW1nPiGWB3yq5PQ7oGWpGY0x_nKJ_GJ807gTR7qon_6104XEpPaIPUtyZ3sEv48UxzUr9Ui6xXhjHvpcDDUyyhIHP6dLj9Hdv7' +
      'eo5tWEBGlxi4pj7DfzPplliGoKsOmaGFIlt_WP2vp_EvmKnAkKcSKPyaG0r0BU7FWOyjzPQhhuUDAAABoMRTeUADsTSyv3LC6lSF' +
      'yymm-Y9fecin_eTMi8wfAbi50uUQC70AIgAHAB5hbiBlbnRyeSB0aGF0IHZlcmlmaWVycyBpZ25vcmU',
    signature: 'N1ybNziZU9tJZ1D48ywOdq6mguiGEHDITxB7i78rDYdUvRt96HIfjBgfBCMlNl8YdIC9-Mpk0SrQMynmMyYECQ',
  },
  claimToken: 'JSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSU',
  authPublicKey: 'iEuIV_TqoWE8YVBNs01L6vNGUXoOMd483dTZtCAdnQs',
  recoveryAuthPublicKey: 'oJql9HpnWYAv-VX43C0qFKXJnSO-l_hkEn_5ODRVpPA',
  handleSignature: 'xyIA8fIa9fDxnEcHXcuF7H6fyIRhEyHp2K9M5BATcnieNNK2D93-be_qw6uWbhhqoHPXMHEoEppnu6kUCm4eCA',
  vault:
    'AQgICAgICAgICAgICAgICAgICAgICAgICN2iRdYyg6ZvSBdWc5a6Vcw4F2U34b6imBKDJYfdxgixxdnwGvD9MESK5RVrLGC1jm5t' +
    '5P8uJwlhkVQl1dmoZEOYoXxb_L2Q62QUsF-Ozc3JyMmPUN5mF7jmY3QDavRQOAsqJUe_2VFcaRFhDwyx4MI9GBUOAzIOrLkh1uNv' +
    'h1pp9K1Po7AsltjyJA6WSOWGM7b4_GtyfBLz-fqW',
  passwordUnlock:
    'AQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCR0UvuHXUTGCAmJFB0KHagS0WmjYcZctXolS_HzuIJm21tGb6pCLOS1ZYopp_AGlA5UJ' +
    '9cD4wjVtLQ9OSg26vxs1FSVHj6VtqO1fIXpkMKK1',
  recoveryUnlock:
    'AQoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCpxcaIFGwbjwL0TKsFTXOnIWuu2v6m2W6b4WDgfjnEupuXJ0aqGGbrNfFLQZKQK0Mcdt' +
    'Sn8Rte84Qm_j6hsiiHxCRau7b2pnBzIsDHfQWwZu',
  /** By version 1 of the fixed examples. */
  cancelProof: '_o_ahB5XX-4t5Rc19zyGlzmeThzbgr_1UeYhlYxMp9-oAVDgYuB5KTNQ_8jPjtlbS43IzUt7EfjI9lG98WR4CA',
  proof: 'rZt_vP_8B3f8OyPa_40iHSezeoFsRNLttI9V_lp0n5LmYTfxo7Z_qaRa4JIzkgZ3h7YyC2vkMtDtmWDSsFDYAw',
  authKeySignature: 'KjjXcM-_PqQ6-ow188tQaWylupntGdEPdHi2pUgTj6WWH4ysip5CpFgd0p9mrYkyg0nb_rBqAS6xfu-BUgpTDw',
  recoveryAuthKeySignature: 'b-u7w94CQkjKBjL0xYQ9-59ywdBWK7U1G5gqM0e9fsMWjjie0_QCmRHlhb4zmb_HU18XJ9jGYB9tRFkD3l0zAQ',
} as const;
