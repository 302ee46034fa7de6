'use strict'

// Opens files without following links that were put in their way: the core opens, and what is read and written goes by
// the descriptor.

const fs = require('node:fs')
const { getSystemErrorName, promisify } = require('node:util')

const native = require('./native.cjs')

/** An open file. Node makes its own `FileHandle` of a path alone; this has the methods of one that are used most. */
class OpenFile {
  #fd

  constructor(fd) {
    this.#fd = fd
  }

  get fd() {
    return this.#fd
  }

  async readFile(options) {
    return promisify(fs.readFile)(this.#held(), options)
  }

  async writeFile(data, options) {
    await promisify(fs.writeFile)(this.#held(), data, options)
  }

  async read(...parameters) {
    return promisify(fs.read)(this.#held(), ...parameters)
  }

  async write(...parameters) {
    return promisify(fs.write)(this.#held(), ...parameters)
  }

  async stat(options) {
    return promisify(fs.fstat)(this.#held(), options)
  }

  async truncate(length) {
    await promisify(fs.ftruncate)(this.#held(), length)
  }

  /** Closes the file at its end. */
  createReadStream(options) {
    return fs.createReadStream('', { ...options, fd: this.#handOver(this.#held()) })
  }

  /** Closes the file at its end. */
  createWriteStream(options) {
    return fs.createWriteStream('', { ...options, fd: this.#handOver(this.#held()) })
  }

  async close() {
    if (this.#fd !== -1) await promisify(fs.close)(this.#handOver(this.#fd))
  }

  async [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]() {
    await this.close()
  }

  #held() {
    if (this.#fd === -1) throw Object.assign(new Error('EBADF: the file is closed'), { code: 'EBADF' })
    return this.#fd
  }

  /** Leaves `fd` to somebody else, who closes it: its number may soon be another file's. */
  #handOver(fd) {
    this.#fd = -1
    return fd
  }
}

async function openBeneath(root, path, flags = 'r') {
  return opened(String(path), flags, (options) => native.openBeneath(String(root), String(path), options))
}

/** The file that `open` gives for what `flags` ask for. */
async function opened(name, flags, open) {
  const { changes, ...options } = read(flags)
  const answer = JSON.parse(await open(options, changes))
  if (answer.fd === undefined) throw failure(name, answer)
  return new OpenFile(answer.fd)
}

/** `flags` as `fs.open` takes them. */
function read(flags) {
  const [, main, more] = /^([rwa])(x?\+?|\+x)$/.exec(flags) ?? []
  const exclusive = more?.includes('x')
  if (main === undefined || (main === 'r' && exclusive)) throw new TypeError('`flags` is `r`, `r+`, `w`, `wx`, …')
  const plus = more.includes('+')
  return {
    read: main === 'r' || plus,
    write: main === 'w' || (main === 'r' && plus),
    append: main === 'a',
    truncate: main === 'w',
    create: main !== 'r',
    createNew: exclusive,
    changes: main !== 'r' || plus,
  }
}

function failure(path, { errno, code, message }) {
  const name = typeof errno === 'number' ? getSystemErrorName(-errno) : code
  const error = new Error(`${name}: ${message}, open '${path}'`)
  return Object.assign(error, { code: name, syscall: 'open', path }, typeof errno === 'number' ? { errno: -errno } : {})
}

module.exports = { OpenFile, openBeneath, opened }
