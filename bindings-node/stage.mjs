// Makes the packages of a release: `node bindings-node/stage.mjs <directory> --platform | --main`; see
// docs/releasing.md.

import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PLATFORMS = [
  { os: 'linux', cpu: 'x64', libc: 'glibc' },
  { os: 'linux', cpu: 'x64', libc: 'musl' },
  { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  { os: 'linux', cpu: 'arm64', libc: 'musl' },
  { os: 'darwin', cpu: 'x64' },
  { os: 'darwin', cpu: 'arm64' },
  { os: 'win32', cpu: 'x64' },
]

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const { scripts, devDependencies, ...manifest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const [directory, what] = process.argv.slice(2)

if (what === '--platform') stagePlatform()
else if (what === '--main') stageMain()
else throw new Error('write `node bindings-node/stage.mjs <directory> --platform` or `--main`')

/** The package of this platform, around the library that was built here. */
function stagePlatform() {
  const platform = PLATFORMS.find(isThis)
  if (platform === undefined) throw new Error(`there is no package for ${process.platform}-${process.arch}`)
  const library = join(here, 'toolgate.node')
  if (!existsSync(library)) throw new Error('build the library first: npm run build')
  const { version, license } = manifest
  const limits = Object.fromEntries(Object.entries(platform).map(([name, value]) => [name, [value]]))
  const place = stage(nameOf(platform), {
    name: nameOf(platform),
    version,
    description: `The native half of toolgate for ${nameOf(platform).slice('toolgate-'.length)}.`,
    license,
    engines: manifest.engines,
    main: 'toolgate.node',
    files: ['toolgate.node'],
    ...limits,
  })
  copyFileSync(library, join(place, 'toolgate.node'))
}

/** The package that users name, which lists those of the platforms. */
function stageMain() {
  const optionalDependencies = Object.fromEntries(PLATFORMS.map((platform) => [nameOf(platform), manifest.version]))
  const place = stage('toolgate', { ...manifest, files: ['bindings-node/toolgate/'], optionalDependencies })
  cpSync(join(here, 'toolgate'), join(place, 'bindings-node', 'toolgate'), { recursive: true })
  copyFileSync(join(root, 'README.md'), join(place, 'README.md'))
}

function stage(name, content) {
  const place = join(directory, name)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), `${JSON.stringify(content, null, 2)}\n`)
  copyFileSync(join(root, 'LICENSE'), join(place, 'LICENSE'))
  return place
}

function isThis({ os, cpu, libc }) {
  return os === process.platform && cpu === process.arch && (libc === undefined || libc === ownLibc())
}

function ownLibc() {
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}

function nameOf({ os, cpu, libc }) {
  const ending = { glibc: '-gnu', musl: '-musl' }[libc] ?? ''
  return `toolgate-${os}-${cpu}${ending}`
}
