type Factors = { authenticator?: { addedAt: Date } | null; passkeys?: Iterable<{ addedAt: Date }> };

/** Presents what admins see of the second factors of an account: since when it has them. */
export const presentFactorsForAdmins = ({ authenticator, passkeys = [] }: Factors) => ({
  authenticatorAddedAt: authenticator?.addedAt ?? null,
  passkeysAddedAt: [...passkeys].map(({ addedAt }) => addedAt),
});
