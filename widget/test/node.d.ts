declare module "node:test" {
  export function test(name: string, work: () => unknown): void;
}
declare module "node:assert/strict" {
  const assert: {
    equal(a: unknown, b: unknown, why?: string): void;
    deepEqual(a: unknown, b: unknown, why?: string): void;
    ok(a: unknown, why?: string): void;
    rejects(work: Promise<unknown>): Promise<void>;
  };
  export default assert;
}
