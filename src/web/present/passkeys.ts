import type { User } from "../../models/user.js";

/** A passkey as its owner sees it. */
export type PresentedPasskey = {
  id: string;
  name: string;
  kind: string;
  isSynced: boolean;
  addedAt: Date;
  lastUsedAt: Date | null;
};

/** Presents the passkeys of an account, the oldest first. */
export const presentPasskeys = ({ passkeys }: User): PresentedPasskey[] =>
  passkeys.map(({ _id, name, transports, isSynced, addedAt, lastUsedAt }) => ({
    id: String(_id),
    name,
    kind: describeKind(transports),
    isSynced,
    addedAt,
    lastUsedAt: lastUsedAt ?? null,
  }));

/** Describes where a passkey is, from the ways in which browsers reach it (WebAuthn Level 3, 5.8.4). */
function describeKind(transports: string[]): string {
  if (transports.includes("internal")) return "Phone, computer or password manager";
  if (transports.some((one) => ["usb", "nfc", "ble", "smart-card"].includes(one))) return "Security key";
  return transports.includes("hybrid") ? "Phone" : "Unknown kind of device";
}
