import http from './http.cjs'

export const { PinError, PinnedAgent, guardedFetch, pinsOf } = http
