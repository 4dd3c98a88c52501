import { ParquetRefusal } from "./parquet-check.ts";

/** What of a page's header bounds its decoding. */
export interface PageHeader {
  kind: "data" | "dictionary" | "data-v2";
  unpacked: number;
  compressed: number;
  values: number;
  encoding: number;
  /** Of a page of version 1. */
  definitionEncoding: number;
  repetitionEncoding: number;
  /** Of a page of version 2. */
  definitionBytes: number;
  repetitionBytes: number;
  isCompressed: boolean;
}

const kinds: Readonly<Record<number, PageHeader["kind"]>> = { 0: "data", 2: "dictionary", 3: "data-v2" };
const membersOf = { data: 5, dictionary: 7, "data-v2": 8 } as const;
/** The 32-bit members that a page of each kind must state. */
const neededOf = { data: [1, 2, 3, 4], dictionary: [1, 2], "data-v2": [1, 2, 3, 4, 5, 6] } as const;

/** As much of Thrift's compact protocol as Parquet's page headers need. Every read is checked against the end. */
export class Compact {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * The page header at the current place.
   *
   * @throws ParquetRefusal when a member is missing, negative, or of another type
   */
  pageHeader(): PageHeader {
    const outer = new Map<number, number>();
    const inner = new Map<number, Map<number, number>>();
    let uncompressed = false;
    this.#struct(0, (field, type) => {
      // field 4 is a checksum, which uses all 32 bits
      if (type === 5 && field !== 4) outer.set(field, this.#count());
      else if (type === 12 && (field === 5 || field === 7 || field === 8)) {
        const members = new Map<number, number>();
        inner.set(field, members);
        this.#struct(1, (member, memberType) => {
          if (memberType === 5) members.set(member, this.#count());
          else {
            if (field === 8 && member === 7) uncompressed = memberType === 2;
            this.#skip(memberType, 2);
          }
        });
      } else this.#skip(type, 1);
    });
    const kind = kinds[outer.get(1) ?? -1];
    if (kind === undefined) throw new ParquetRefusal(`a page is of the unknown type ${outer.get(1)}`);
    const members = inner.get(membersOf[kind]);
    const unpacked = outer.get(2);
    const compressed = outer.get(3);
    if (members === undefined || unpacked === undefined || compressed === undefined)
      throw new ParquetRefusal("a page header is incomplete");
    for (const needed of neededOf[kind])
      if (!members.has(needed)) throw new ParquetRefusal("a page header is incomplete");
    const second = kind === "data-v2";
    if (second && (members.get(3)! > members.get(1)! || members.get(2)! > members.get(1)!))
      throw new ParquetRefusal("a page states more rows or nulls than values");
    return {
      kind,
      unpacked,
      compressed,
      values: members.get(1)!,
      encoding: members.get(second ? 4 : 2)!,
      definitionEncoding: members.get(3) ?? 0,
      repetitionEncoding: members.get(4) ?? 0,
      definitionBytes: members.get(5) ?? 0,
      repetitionBytes: members.get(6) ?? 0,
      isCompressed: !uncompressed,
    };
  }

  /** An unsigned number of at most 32 bits, seven bits a byte. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new ParquetRefusal("a number is longer than 32 bits");
  }

  #count(): number {
    const value = this.varint();
    if (value % 2 !== 0) throw new ParquetRefusal("a page header states a negative number");
    return value / 2;
  }

  #struct(depth: number, read: (field: number, type: number) => void): void {
    if (depth > 8) throw new ParquetRefusal("a page header is nested too deeply");
    let field = 0;
    for (;;) {
      const byte = this.#byte();
      if ((byte & 15) === 0) return;
      if (byte >> 4 === 0) {
        const zigzag = this.varint();
        field = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
      } else field += byte >> 4;
      read(field, byte & 15);
    }
  }

  #skip(type: number, depth: number): void {
    if (type === 1 || type === 2) return;
    if (type === 3) this.at += 1;
    else if (type >= 4 && type <= 6) while (this.#byte() > 127);
    else if (type === 7) this.at += 8;
    else if (type === 8) {
      const length = this.varint();
      this.at += length;
    } else if (type === 9) {
      const head = this.#byte();
      const size = head >> 4 === 15 ? this.varint() : head >> 4;
      const inner = head & 15;
      for (let i = 0; i < size; i++) this.#skip(inner === 1 || inner === 2 ? 3 : inner, depth + 1);
    } else if (type === 12) this.#struct(depth + 1, (_, inner) => this.#skip(inner, depth + 2));
    else throw new ParquetRefusal(`a page header holds the unknown type ${type}`);
    if (this.at > this.#bytes.length) throw new ParquetRefusal("a page header runs out of the column");
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new ParquetRefusal("the bytes of a page end too early");
    return byte;
  }
}
