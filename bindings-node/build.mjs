// Builds the native half and puts it where the package looks for it: `node bindings-node/build.mjs [--profile dev]`.

import { spawnSync } from 'node:child_process'
import { copyFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const [flag, profile = 'release'] = process.argv.slice(2)
if (flag !== undefined && flag !== '--profile') throw new Error(`there is no \`${flag}\`; write \`--profile dev\``)

const library = built()
const target = join(here, 'toolgate.node')
// Renamed into place, so that a program which has the old one open keeps it whole.
copyFileSync(library, `${target}.tmp`)
renameSync(`${target}.tmp`, target)

/** The library that Cargo made; Cargo says where. */
function built() {
  const manifest = join(here, 'Cargo.toml')
  const how = ['--locked', '--lib', '--profile', profile, '--message-format', 'json-render-diagnostics']
  const cargo = spawnSync('cargo', ['build', '--manifest-path', manifest, ...how], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (cargo.error !== undefined) {
    console.error('toolgate is built with Rust 1.90 or newer: see https://rustup.rs')
    process.exit(1)
  }
  if (cargo.status !== 0) process.exit(cargo.status ?? 1)
  const messages = cargo.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  const artifact = messages.find((one) => one.reason === 'compiler-artifact' && one.target.name === 'toolgate_node')
  return artifact.filenames.find((file) => /\.(so|dylib|dll)$/.test(file))
}
