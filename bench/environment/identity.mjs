/**
 * People with real keys, and their registrations. What a password would give is random instead: deriving it takes a
 * second each, on the client.
 */
import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers-sumo';
import {
  authPayloadBytes,
  authProofBytes,
  concat,
  encodeBase64Url,
  encodeCommittedBlob,
  encodeKeyStatement,
  encodeRegisterFields,
  encodeVaultContent,
  handleBytes,
  keysSignatureBytes,
  newAuthKeyBytes,
  requireBase64Url,
  tag,
  UNLOCK_LABEL,
  unlockHeaderBytes,
  uuidV7,
  VAULT_LABEL,
  vaultHeaderBytes,
} from '@sealpost/protocol';

await sodium.ready;

/** @param {number} length */
const random = (length) => new Uint8Array(randomBytes(length));
const sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());
const signingKey = (seed) => {
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  return { publicKey, sign: (message) => sodium.crypto_sign_detached(message, privateKey) };
};

/** @typedef {ReturnType<typeof makeIdentity>} Identity */

/**
 * @param {string} serviceId
 * @param {string} [userId]
 */
export function makeIdentity(serviceId, userId = uuidV7(Date.now(), random(10))) {
  const seeds = { version: 1, signSeed: random(32), boxSeed: random(32), kemSeed: random(32) };
  const signing = signingKey(seeds.signSeed);
  const statement = encodeKeyStatement({
    serviceId,
    userId,
    version: 1,
    signingPublicKey: signing.publicKey,
    boxPublicKey: sodium.crypto_box_seed_keypair(seeds.boxSeed).publicKey,
    kemPublicKey: sodium.crypto_kem_xwing_seed_keypair(seeds.kemSeed).publicKey,
    createdAt: Date.now(),
    recovery: false,
    earlierKeysCompromised: false,
    previousKeysHash: new Uint8Array(32),
    entries: [],
  });
  const loginId = `bench-${randomBytes(8).toString('hex')}@example.org`;
  return { serviceId, userId, loginId, seeds, signing, statement, keysHash: sha256(statement) };
}

/**
 * The body of POST /v1/auth/register.
 * @param {Identity} identity
 * @param {string} challenge base64url, of POST /v1/auth/challenge
 */
export function registration(identity, challenge) {
  const { serviceId, userId, loginId, signing, statement, keysHash } = identity;
  const authKey = signingKey(random(32));
  const recoveryAuthKey = signingKey(random(32));
  const fields = registerFields(identity, authKey, recoveryAuthKey);
  const challengeBytes = requireBase64Url(challenge, 'challenge');
  const payloadHash = sha256(authPayloadBytes('register', encodeRegisterFields(fields)));
  const proof = authProofBytes({ action: 'register', serviceId, loginId, challenge: challengeBytes, payloadHash });
  const ownSignature = newAuthKeyBytes(challengeBytes, payloadHash);
  return {
    userId,
    loginId,
    suite: fields.suite,
    salt: encodeBase64Url(fields.salt),
    authPublicKey: encodeBase64Url(fields.authPublicKey),
    keys: {
      statement: encodeBase64Url(statement),
      signature: encodeBase64Url(signing.sign(keysSignatureBytes(keysHash))),
    },
    handleSignature: encodeBase64Url(fields.handleSignature),
    vault: encodeBase64Url(fields.vault),
    passwordUnlock: encodeBase64Url(fields.passwordUnlock),
    recoveryAuthPublicKey: encodeBase64Url(fields.recoveryAuthPublicKey),
    recoveryUnlock: encodeBase64Url(fields.recoveryUnlock),
    challenge,
    proof: encodeBase64Url(authKey.sign(proof)),
    authKeySignature: encodeBase64Url(authKey.sign(ownSignature)),
    recoveryAuthKeySignature: encodeBase64Url(recoveryAuthKey.sign(ownSignature)),
  };
}

/** @param {Identity} identity */
function registerFields(identity, authKey, recoveryAuthKey) {
  const { serviceId, userId, loginId, seeds, signing, keysHash } = identity;
  const vaultKey = random(32);
  const [suite, salt] = [1, random(32)];
  const vaultHeader = vaultHeaderBytes({ serviceId, userId, vaultVersion: 1, keyVersion: 1, keysHash });
  const unlock = (header) => sealCommitted(random(32), UNLOCK_LABEL, unlockHeaderBytes(header), vaultKey);
  return {
    userId,
    suite,
    salt,
    authPublicKey: authKey.publicKey,
    keysHash,
    handleSignature: signing.sign(handleBytes({ serviceId, loginId, userId, version: 1 })),
    vault: sealCommitted(vaultKey, VAULT_LABEL, vaultHeader, encodeVaultContent({ keys: [seeds], records: [] })),
    passwordUnlock: unlock({ serviceId, userId, kind: 'password', suite, loginId, salt }),
    recoveryAuthPublicKey: recoveryAuthKey.publicKey,
    recoveryUnlock: unlock({ serviceId, userId, kind: 'recovery' }),
  };
}

function sealCommitted(key, label, header, plaintext) {
  const nonce = random(24);
  const derived = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(32), concat(tag(label), nonce), 64));
  const [encryptionKey, commit] = [derived.subarray(0, 32), derived.subarray(32)];
  const associated = concat(header, commit);
  const ciphertext = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
    plaintext,
    associated,
    null,
    nonce,
    encryptionKey,
  );
  return encodeCommittedBlob({ nonce, commit, ciphertext });
}
