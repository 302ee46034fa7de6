// Makes certificates for the servers of the tests: X.509 in DER (RFC 5280), as small as it can be.

import { generateKeyPairSync, sign } from 'node:crypto'

/** An authority that `tls` can be told to trust, and what it says about a name. */
export class Authority {
  #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  certificate = certificate('test authority', this.#keys, 'test authority', this.#keys.publicKey, [isAuthority()])

  /** The key and the certificate of a server called `host`. */
  issue(host) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const cert = certificate('test authority', this.#keys, host, publicKey, [isCalled(host)])
    return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert }
  }
}

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))

function certificate(issuer, { privateKey }, subject, publicKey, extensions) {
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(Math.floor(Math.random() * 2 ** 30) + 1),
    ECDSA_SHA256,
    name(issuer),
    sequence(time('20200101000000Z'), time('20991231000000Z')),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  )
  const signature = tagged(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  const der = sequence(body, ECDSA_SHA256, signature).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`
}

function isAuthority() {
  return sequence(
    oid('551d13'),
    tagged(0x01, Buffer.from([0xff])),
    tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff])))),
  )
}

function isCalled(host) {
  return sequence(oid('551d11'), tagged(0x04, sequence(tagged(0x82, Buffer.from(host)))))
}

function name(text) {
  return sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(text)))))
}

function time(text) {
  return tagged(0x18, Buffer.from(text))
}

function oid(hex) {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

function integer(number) {
  const hex = number.toString(16)
  return tagged(0x02, Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'))
}

function sequence(...parts) {
  return tagged(0x30, ...parts)
}

/** One value of DER: its tag, its length, its bytes. */
function tagged(tag, ...parts) {
  const bytes = Buffer.concat(parts)
  const { length } = bytes
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), bytes])
}
