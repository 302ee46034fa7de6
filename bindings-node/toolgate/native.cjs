'use strict'

// Loads the native half: the one built here, else the one of this platform's package. Nothing outside the package, no
// variable of the environment either, says which: whoever could swap it would be the one who decides.

const { existsSync } = require('node:fs')
const { join } = require('node:path')

const { version } = require('../../package.json')

// A Linux has one of two C libraries; npm installs the package that fits.
const platform = `${process.platform}-${process.arch}`
const packages = (process.platform === 'linux' ? ['-gnu', '-musl'] : ['']).map((libc) => `toolgate-${platform}${libc}`)

module.exports = load()

function load() {
  const here = join(__dirname, '..', 'toolgate.node')
  const found = existsSync(here) ? here : packages.find(isInstalled)
  if (found === undefined) {
    throw new Error(
      `toolgate has no native library for ${platform}: neither ${packages.join(' nor ')} is installed. ` +
        'Install without `--omit=optional`, or build it in a clone of the repository with `npm install`',
    )
  }
  const native = require(found)
  if (native.version() !== version) {
    throw new Error(`toolgate ${version} found the native library ${native.version()} at ${found}; install it again`)
  }
  return native
}

function isInstalled(name) {
  try {
    return require.resolve(name) !== ''
  } catch {
    return false
  }
}
