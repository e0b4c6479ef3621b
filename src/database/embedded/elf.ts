// Reads the parts of a 64-bit little-endian ELF file that name the required library versions: https://gabi.xinuos.com
// and, for symbol versions,
// https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html

const LOAD = 1;
const DYNAMIC = 2;
const Tag = { strtab: 5, symtab: 6, strsz: 10, versym: 0x6ffffff0, verneed: 0x6ffffffe, verneednum: 0x6fffffff };
const SYMBOL_SIZE = 24;

/** A library version that the ELF file requires. */
export interface RequiredVersion {
  library: string;
  name: string;
  /** The number by which symbols refer to this version. */
  index: number;
  /** Requires another version instead. The file must already contain its name. */
  replace(name: string): void;
}

/** A dynamic symbol. */
export interface DynamicSymbol {
  name: string;
  /** The `index` of the required version. */
  version: number;
  /** Removes the first `length` bytes of the symbol's name. */
  dropPrefix(length: number): void;
}

type Segment = Record<"type" | "offset" | "address" | "size", number>;

/** Reads the version requirements of an ELF file, and changes them in place. */
export class ElfFile {
  readonly machine: number;
  readonly #bytes: Buffer;
  readonly #segments: Segment[];
  readonly #dynamic: Map<number, number>;

  /** @throws Error if the bytes are not such a file */
  constructor(bytes: Buffer) {
    const known = bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;
    if (!known) throw new Error("not a 64-bit little-endian ELF file");
    this.#bytes = bytes;
    this.machine = bytes.readUInt16LE(18);
    this.#segments = this.#readSegments();
    this.#dynamic = this.#readDynamic();
  }

  *requiredVersions(): Generator<RequiredVersion> {
    const bytes = this.#bytes;
    let record = this.#position(Tag.verneed);
    for (let left = this.#tag(Tag.verneednum); left > 0; left -= 1) {
      const library = this.#string(bytes.readUInt32LE(record + 4));
      let entry = record + bytes.readUInt32LE(record + 8);
      for (let entries = bytes.readUInt16LE(record + 2); entries > 0; entries -= 1) {
        yield this.#requiredVersion(library, entry);
        entry += bytes.readUInt32LE(entry + 12);
      }
      record += bytes.readUInt32LE(record + 12);
    }
  }

  #requiredVersion(library: string, entry: number): RequiredVersion {
    const bytes = this.#bytes;
    const replace = (name: string) => {
      bytes.writeUInt32LE(elfHash(name), entry);
      bytes.writeUInt32LE(this.#find(name), entry + 8);
    };
    const name = this.#string(bytes.readUInt32LE(entry + 8));
    return { library, name, index: bytes.readUInt16LE(entry + 6), replace };
  }

  *symbols(): Generator<DynamicSymbol> {
    const bytes = this.#bytes;
    const [table, versions] = [this.#position(Tag.symtab), this.#position(Tag.versym)];
    // The symbol table does not store its length, but the string table follows it.
    const count = Math.floor((this.#position(Tag.strtab) - table) / SYMBOL_SIZE);
    for (let i = 1; i < count; i += 1) {
      const symbol = table + i * SYMBOL_SIZE;
      const nameAt = bytes.readUInt32LE(symbol);
      const dropPrefix = (length: number) => void bytes.writeUInt32LE(nameAt + length, symbol);
      yield { name: this.#string(nameAt), version: bytes.readUInt16LE(versions + i * 2) & 0x7fff, dropPrefix };
    }
  }

  #number(at: number): number {
    return Number(this.#bytes.readBigUInt64LE(at));
  }

  #readSegments(): Segment[] {
    const [start, size, count] = [this.#number(32), this.#bytes.readUInt16LE(54), this.#bytes.readUInt16LE(56)];
    return Array.from({ length: count }, (_, i) => {
      const at = start + i * size;
      const [offset, address] = [this.#number(at + 8), this.#number(at + 16)];
      return { type: this.#bytes.readUInt32LE(at), offset, address, size: this.#number(at + 32) };
    });
  }

  #readDynamic(): Map<number, number> {
    const found = this.#segments.find(({ type }) => type === DYNAMIC);
    if (!found) throw new Error("no dynamic section");
    const entries = new Map<number, number>();
    for (let at = found.offset; at < found.offset + found.size && this.#number(at) !== 0; at += 16) {
      entries.set(this.#number(at), this.#number(at + 8));
    }
    return entries;
  }

  #tag(tag: number): number {
    const value = this.#dynamic.get(tag);
    if (value === undefined) throw new Error(`no dynamic entry ${tag}`);
    return value;
  }

  /** Returns the position in the file of the table to which a dynamic entry points. */
  #position(tag: number): number {
    const address = this.#tag(tag);
    const inside = ({ type, address: start, size }: Segment) =>
      type === LOAD && address >= start && address < start + size;
    const segment = this.#segments.find(inside);
    if (!segment) throw new Error(`address ${address} is in no segment`);
    return address - segment.address + segment.offset;
  }

  #string(offset: number): string {
    const start = this.#position(Tag.strtab) + offset;
    return this.#bytes.toString("latin1", start, this.#bytes.indexOf(0, start));
  }

  #find(name: string): number {
    const start = this.#position(Tag.strtab);
    const strings = this.#bytes.subarray(start, start + this.#tag(Tag.strsz));
    const at = strings.indexOf(`\0${name}\0`, 0, "latin1");
    if (at < 0) throw new Error(`the file has no string ${name}`);
    return at + 1;
  }
}

/** Returns the System V hash of a version name. */
function elfHash(name: string): number {
  let hash = 0;
  for (const byte of Buffer.from(name, "latin1")) {
    hash = ((hash << 4) + byte) >>> 0;
    const high = hash & 0xf0000000;
    if (high) hash ^= high >>> 24;
    hash = (hash & ~high) >>> 0;
  }
  return hash;
}
