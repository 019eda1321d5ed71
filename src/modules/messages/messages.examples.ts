/** Values of the protocol's fixed examples (box.json, keys.json), so that documented requests have a form that holds. */
export const EXAMPLE = {
  alice: '018f4e7e-7b7a-7c3e-9c5c-00000000000a',
  bob: '018f4e7e-7b7a-7c3e-9c5c-00000000000b',
  messageId: '018f4e7e-7b7a-7c3e-9c5c-0000000000e3',
  conversationId: '018f4e7e-7b7a-7c3e-9c5c-0000000000c0',
  nonce: 'YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh',
  ciphertext:
    'jvsi2YW_ZK_Rm9jR68lmjKLzugtsUnerBHVSLe6Bg0c4yicRSShErIPKnS1fkeYtRZiNFGMwnxOCXpRPwjVxMWZjg6uV-8DyKn_O' +
    'N0Dm4ZFM_F8gOrB2TYPgSfNQt6p157MWLD0NWSpmqfzsl-IJ23H92Bqs2mkajmFoKPmh9UetlFZ2Duo2-wWdzm88WjBoGPxVvlRx' +
    'C1DnpPlKPYuQ_ULMcYKNeiSx_2_V73XtmtG0s5HjueqP-7iq0N6A-EA2',
  receivedAt: 1_790_000_300_000,
  expiresAt: 1_790_086_700_000,
};
