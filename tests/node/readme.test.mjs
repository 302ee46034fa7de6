// The programs of the README and the documentation print what they say they print.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { programsOf } from './programs.mjs'
import { ROOT, directory } from './support.mjs'

for (const page of ['README.md', 'docs/node.md']) {
  const programs = programsOf(page)
  test(`there are programs to run on ${page}`, () => assert.ok(programs.length > 0))
  for (const [index, { program, policy, expected }] of programs.entries()) {
    test(`a program prints what the page says: ${page}, ${index + 1}`, () => {
      const place = directory()
      mkdirSync(join(place, 'node_modules'))
      symlinkSync(ROOT, join(place, 'node_modules', 'toolgate'), 'junction')
      writeFileSync(join(place, 'program.mjs'), program)
      if (policy !== undefined) writeFileSync(join(place, 'toolgate.yaml'), policy)
      const run = spawnSync(process.execPath, ['program.mjs'], { cwd: place, encoding: 'utf8', timeout: 60_000 })
      assert.deepEqual([run.stdout, run.stderr], [expected, ''])
    })
  }
}
