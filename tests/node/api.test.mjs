// The public names are those of the table that all languages share.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import * as toolgate from 'toolgate'

import { ROOT } from './support.mjs'

test('the public names are those of the table', () => {
  const { names } = JSON.parse(readFileSync(join(ROOT, 'tests', 'vectors', 'api.json'), 'utf8'))
  const listed = names.map((row) => row.node).filter((name) => name !== null)
  const members = ['Gate', 'Decision'].flatMap((name) => membersOf(toolgate[name]).map((member) => `${name}.${member}`))
  assert.deepEqual(listed.sort(), [...Object.keys(toolgate), ...members].sort())
})

function membersOf(type) {
  const names = [...Object.getOwnPropertyNames(type), ...Object.getOwnPropertyNames(type.prototype)]
  return names.filter((name) => !['length', 'name', 'prototype', 'constructor'].includes(name))
}
