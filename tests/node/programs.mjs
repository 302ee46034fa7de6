// The programs of the README and the documentation, with what they read and print.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { ROOT } from './support.mjs'

const BLOCK = /^```(\w+)\n(.*?)^```$/gms

/** Each program in JavaScript on `page`, the policy it reads if the page shows one, and what it prints. */
export function programsOf(page) {
  const blocks = [...readFileSync(join(ROOT, page), 'utf8').matchAll(BLOCK)].map(([, kind, content]) => ({
    kind,
    content,
  }))
  return blocks.flatMap(({ kind, content: program }, index) => {
    if (kind !== 'js') return []
    const before = blocks.slice(0, index).reverse()
    // What it prints follows; a program that does the same as one before it, by the same policy, prints the same.
    const next = blocks[index + 1]
    const expected = next?.kind === 'text' ? next : before.find((block) => block.kind === 'text')
    const policy = before.find((block) => block.kind === 'yaml')?.content
    return [{ page, program, policy, expected: expected.content }]
  })
}
