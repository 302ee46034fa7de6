'use strict'

const native = require('./native.cjs')
const { Fault, copied, parsed } = require('./values.cjs')

function redact(value) {
  try {
    return parsed(native.redact(copied(value, 'value').text))
  } catch (error) {
    throw error instanceof Fault ? new TypeError(error.message) : error
  }
}

module.exports = { redact }
