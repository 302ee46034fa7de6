import Foundation
import Testing

@testable import Toolgate

/// Many tasks on one gate.
struct ConcurrencyTests {
    @Test func sixtyFourTasksDecideAtOnce() async throws {
        let gate = try plainGate()
        await withTaskGroup(of: Bool.self) { group in
            for n in 0..<64 {
                group.addTask {
                    (0..<50).allSatisfy { _ in
                        let decision = gate.guard(tool: "stripe.charges.create", args: ["amount": .int(Int64(n) * 50)])
                        return decision.allowed == (n * 50 <= 1000) && decision.code.hasPrefix("policy.")
                    }
                }
            }
            for await right in group { #expect(right) }
        }
    }

    @Test func sixtyFourTasksWriteOneLog() async throws {
        let logged = try Logged()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for n in 0..<64 {
                group.addTask { try await logged.gate.run(tool: "note", args: ["n": .int(Int64(n))]) { _ in } }
            }
            try await group.waitForAll()
        }
        let verification = try await logged.gate.verifyAudit()
        #expect(verification.ok && verification.records == 129)
        #expect(Set(try logged.records("decision").map { $0["args"]?["n"] }).count == 64)
    }

    @Test func oneDecisionIsReadByManyTasks() async throws {
        let decision = try plainGate().guard(tool: "note")
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<64 { group.addTask { decision.json } }
            for await json in group { #expect(json == decision.json) }
        }
    }

    @Test func decisionsAndReloadsAtOnce() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("audit: off\ntools: { note: { decision: allow } }", to: "toolgate.yaml")
        let gate = try Gate(file: "\(directory.path)/toolgate.yaml")
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for n in 0..<32 {
                group.addTask {
                    if n.isMultiple(of: 4) { try gate.reload() }
                    return gate.guard(tool: "note").allowed
                }
            }
            for try await allowed in group { #expect(allowed) }
        }
    }
}
