/** Values of the protocol's fixed example of a new device (pairing.json), with the account of auth.examples.ts. */
export const DEVICE = {
  requestId: '018f4e7e-7b7a-7c3e-9c5c-0000000000d1',
  deviceName: 'Firefox on Linux',
  token: '1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NQ',
  commitment: 'lF8JlZhJGL1-yKKIeloijT6UZhxJUT3wXpt62N2DMzo',
  createdAt: 1_790_000_000_000,
  expiresAt: 1_790_000_600_000,
  keyVersion: 2,
  keysHash: 'sTSyv3LC6lSFyymm-Y9fecin_eTMi8wfAbi50uUQC70',
  approverNonce: 'oaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaE',
  deviceNonce: '0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tI',
  kemPublicKey:
    'ZswbwmbK0uRtA2W3X3eFIeBrmVLMW3poK_s5cUCRtKTLK4ITrqgUppARSpWvKMJ2qfoOeixA1-wd53eXfeBJITN-GHxBsco0wIG1yDaJ' +
    'fkIIX0aqXdweULxHyvC94lIWKALLROIYrPtUFtN9-4kbMVh5WmpdV1MfgAck69qoEwg8rNqfefLPTltpgUt_elSs7sUNJdFeSmV6lAdd' +
    '3lCH5LkSpjTMbFiqL6aKKaG950AScnbCQQbOvqeCGDW1KIQBFOkI9hlyMrWk4NlNEQIbyos_fvZQsDyypgaGKmgbtvUBlgJTqaRNWkOX' +
    '-wQ9f4kexBhtb2wFNyhwEHxp7Wc5paJ8qsAy6eQpicqlPPbBOgifYypzrPBxPnC5fquDD9KRDFZvq0d13SNdnpZbTtFPo2mJXFyxDPk7' +
    '_uk1qKaSfskPZRYhvEHI3jZyz7wEsyYjGzFj9ztiNnoZyqVwZtR7kOIylwh-a0ZpCLvBXGs97slsvMAI06EG0kSIfAVHx0mJbZo8yrsi' +
    'IqovCIiOqjuSizYRsJiMuuk7sEMQeok70SUca7KW9UdVjMgTxHuWvWFNW1VRHdyH1QePgEC68fxrXlwS7XAAcfsBZwcxntVnMagms4i9' +
    'jgQPrnsdr_IHuQl8SBKykkCt2jCsanSO6rNiV4qkjAscp3JrI-BzYmJn_1ZS0pWFF1wjWslUXeoMJlNLCRBX2dQjgSM3P1N_MLUI6lgl' +
    'yhUUT3dipQsRk2uFgDQn9bOPz3s1kaRq7JkUFXFEUoxw0EshnZBDUPsi-CkBoGFQWhKZjkV5J7TDeBoz0lhfIKx40KkCZflGKwa4accU' +
    'NTQ6SwlkQ8krEbsB0Pa15YpzHPGYcPHKp_xwudYIXSw-bdd6ChqfzVllaLyKi6lB9aLI47p-zcqUDCaNoSao5emIMtYFnJNBasdBnHMC' +
    'aoPG72F2J0pH-URIjutZSZFC5ZN_SPOlYWJdM3piSTR4Y3WiXmyoqfU0ySRWSaG7YjoC0wBVtdtQfhttyZuUUhohrpG4MIxRCmgFs9tN' +
    'dyVP2WBfyaZknwgAHBKNX4AaP8jNQpBug-oHodOPt0ZR5SUGRcmXxDVt4yQDNBQAd1MmNjJXL_YfZRgkiUpICqpG0Zg9NWRpTJuZi_kd' +
    'hpo375t5XVtf5wtsu9YRvUPEyswA4NOgX-ELfkA_lKdc-8aXrmBPh4mrkSMESETB_gVvb-HDQAYj8zeWHiIFXwm1uiuOKfgkdfBcoQpq' +
    'r8oI_hApN0csqRgt44yIQKlDWLcBc-Jd7GSkcyWTWWOiNAdzkNWIZqUGEUZeMsoL0ygYBNwqWazKiWQ1EaI2TPJUM9G_1LAwDFEeg7tB' +
    'jiVfKQmAevhMgIGsD8p5yeqewBKNQZpU_VywBgiPHgGjrEPOuWYv1HyawPaJNah4ZcN7qsxg-XGvlMt98QR5EGx3iwEEy2UQ-MAqAiAZ' +
    'jYw8GygRyPUWWuUvpvfBHlklX5AlNwUeLkQwebwpT7Ec8kGG_9wGglCnIqFglCnKWtoG7CEpBQC_2PZ1CCi676ei9lRM7V8-YY0xLEsB' +
    'HbyVuQwXtupGQmjnB3-aAFz6dXV_dXPkrm8T3EUXlDYpF_INRzbZ8sGNhCoJDA',
  sessionKey: '4yf0i7SgOQ4fHIiXYWP6UD1r4Yr1LrgO1cuAOJ3bdNs',
  handover:
    'Ac6jVJxCeCvKy358MoeYKBAhcXqhMOPwsnoHg6JHjpQM3hCMGDybVl0LswIv-Ao9O2WSBhyZ8zl8x6P7p8us_Dfygu1Zap9qeslji4yp' +
    'X9C8Dbw6G_j4zsrV0bUu25ThtYhdZi4HMonB_8FPK47w9IeFWNXUmRtYLl-TW18tG_tfM2BJp3UjLYOH87ZfkjF17KncOEagWAsKNSHk' +
    'saiLLEYCoY2mb57XhJzq9OUTNfEi-EzmvLexIRwnkWL-OGZFl0WdyJzT5Nx1ZpqBsUhQH1S_Na8-7joOlS93DmCrMDKAqzsWOZSDlP-W' +
    'kI3de8wciPdOKu5OyoMOXzsy91Kn11nvLE0vjay9XHQEMSoWVNkDzUNS0WdwATtOYeVY_qecV7eXkxvBw7AOPh_t3HNFPJSH3BTX4v4G' +
    'GGkGQ8N7Jvu97vtKtiTQ9lcXELB-qDbaD6syfqmdADJzueGELB2ciIc-KbYm98zC0ewxKWut6YiLO2SkvZYGOa5iy2A5tG0iXBxFKeOr' +
    'FB_9x3CPseMhk3DDmFobhwooLJN8GLbPXkspTUk3RhST-yTn1sZIibPTsvyt1Sjymdz6OOGHpNC7Y82OCzfQVbF7vWgj13xiNIOCFjh3' +
    'BmE7fs0extYveh28Ha_omUCI1qPt9ggkgtL7CCBs0brh3h2WreicJzX4Bb-MP1xNrBUnSz5N5ybTD4nWmGSqOKzha4g1ZSkyB2Ao5pJk' +
    'UFN1G2RFaeWSmze6ULDCw-PX7Q20Aaoo-_S1AQUcPAcSf_3eeEWNBale1ZvdcbLXA-5iASerTc9WasQrcTBYMDT_xL0Qqo4XMJJ1e8a0' +
    'ysEji5C9VO4mEemufr_Kl6KSA3QwY0dDRhwFugioqongkleNnqDwuNBo1khfu1BFw95bK86MOelHvoRRRY1J3rsZBLe_OG5eqfoUDrce' +
    'sczpRXFMG-w4Uk5eFFqDLzGwVzi6iQdOBh-SPuUl3JyFSuPYl5cT7KsId3ed2ItRYSK6kzq4igdIUXPsxzPC6uTJHohIY8PZbH97RKBW' +
    'M3BFz7fMkRekVFIQLCV_vD-tppu2eJZW1SHrPzoJkfdTOqKceTSStx_v3AP-JoEGhAFf7D9S0Q5WQ2Bjut4fhwxWqUe92Wxx3RyqmsEG' +
    'kcyQhIS20AYyYSwMRcvS68MakIpFHl02cs2KFizh7XjePmV43za6NybRqvLDNNTJcvZMH5VdUIC-JZCF1IOenWxxdaXESTOit55Aa_-R' +
    'bvuZbB7FgIfJdY0wtBgeK7G7QnuQJTyUFqvnccApqnp-bZIyOOVfc3ptXPUcqb2Yi-_4L-oFVJDPy5Y93cF4EPANfJNulO4cLWrmtIkh' +
    'int_ajMOsQ7RDkW_YnZHG23mVCVyyYLg3vIgl9x2LDawVdmEzqxsG6Xbdju93lmIcJmPJ8kHH7EaX0UQS-dqI6d2b2s1Vgx30bhGqvsh' +
    'BlO492U-54OgEKzY5rHlOTxJvnfMjWd9kiq9YGhnlFd6JNTdQFoMzpgm3cSHtQaNTCaY0zKaxKtoo2Jpb3KolhFyxnczZ1VdGcp_TfeW' +
    'opR_QzTI9bN521DbOjnjOYP7h7JK6z4a0GaztkX43_jA2K2kQIQ7rcLEjmO6HazRtWQ9N-oIkqSB9nGlR5uofChr5U25qc2wq7xftqug' +
    'txOQDtZI4wug1UwH9doyh54aAf27R_m_sX26Iq7h7Dz2DcpIyAohjVVxUX8P2OcW53wJ90uA2w0',
} as const;
