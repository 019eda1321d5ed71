/**
 * Values of a change of credentials on top of those of auth.examples.ts: the same account moves to another loginId with
 * another password, or gets another recovery key. The signatures hold, as those of the fixed examples do.
 */
export const NEW = {
  credentialVersion: 4,
  loginId: 'alice@new.example.org',
  salt: 'CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk',
  authPublicKey: 'iEuIV_TqoWE8YVBNs01L6vNGUXoOMd483dTZtCAdnQs',
  passwordUnlock:
    'AQYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBiT8jIbpWzAVFtmBuzLn-FTQC6-DdyYpqFPMN2ORsnnblF3gWnebjB8FHP-M4tSGsBDJHiDx' +
    'oPNfQZt412v3Bi7mvliIadP8loTg8l8Psot7',
  handleSignature: 'rWmgutif4EdZgx6eGtfkiGIkAsLoU2c9DGzbuFRVk4AmEBg2Aw4JDKDcQ_XTTI_mVA_wBwqTI5fOzdrE58SCDw',
  changePassword: {
    proof: 'b9YQKwlET0F3sspZ3Mg-Ler6YMAeL5s317V3CakwHQR1JMdbr7k4uIKPJ7u2_e-MjBBiimM0ZaILqF3djzMjCA',
    authKeySignature: 'FCcEZPKurKdjCrPOdsHgikRHpzpwCNeLP5cgehnryUrROGgciw6JJQRNbSvR3JdJowU56CoxCdFyfy280U4fCA',
  },
  recover: {
    proof: 'A-KuYfuIDHH69wpVQi-VEB-QRi41X6bw5LCxGDxO8TQw0Cykw7CaELW4Hbo_5AXLIxK1tUa98LWVMILrYXg1CQ',
    authKeySignature: 'vTVemTGXwjlL6_v_dPCqVlnHPawDNPvrXQg6O8SOZ1u6g0QNaStStiucveZNVeS_JXnPQVsrOBR3likHNqKkAw',
  },
  openRecovery: { proof: 'xngDOiJa4oUeF4sm7W88eAepm3ZTF8Ns5sQLdWLwsFmffBaK_wA-tSZGRPGifR5z6q9Mzj9b-Agw7WYNpS_SDA' },
  eraseAccount: { proof: 'jmr9MPjvTSy9SyFPdxxALUMWYC9OQOvqJfwgTZCaVKJdRQC9bq9kcTJ6OUSGDdzBgQbgLWaCU6TxU2cJQrOnAg' },
  recoveryAuthPublicKey: 'iEuIV_TqoWE8YVBNs01L6vNGUXoOMd483dTZtCAdnQs',
  replaceRecoveryKey: {
    proof: 'kIYde6S8XLHaBunUEaNm6sCqA87ShryY1EoebvF8cH-DbWylRenyrg4h4NDRLykjz-_kpFYvkQwz0OkX_QbsBQ',
    recoveryAuthKeySignature: '79j1eB3EgGOyIq4yAwRNGH1ZUdpEMbNNNPDNPhlorvRLihsaT4l_FfeGjYWka0uew0tzxRRAv4W0dm83svNaAA',
  },
} as const;
