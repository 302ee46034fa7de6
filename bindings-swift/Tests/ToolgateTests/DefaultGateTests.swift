import Foundation
import Testing

@testable import Toolgate

/// The gate of this place. These tests change what the whole process has: its directory and its environment.
@Suite(.serialized) final class DefaultGateTests {
    private let directory = try! TemporaryDirectory()
    private let before = FileManager.default.currentDirectoryPath
    private let allow = "audit: off\ndefault: deny\ntools: { note: { decision: allow } }"

    init() {
        unsetenv("TOOLGATE_POLICY")
        go(to: directory.path)
        Gate.setDefault(nil)
    }

    deinit {
        unsetenv("TOOLGATE_POLICY")
        go(to: before)
        Gate.setDefault(nil)
    }

    private func go(to path: String) {
        #expect(FileManager.default.changeCurrentDirectoryPath(path))
    }

    private let note = guarded("note") { (_: [String: String]) in 7 }

    @Test func withoutAPolicyNothingIsAllowedAndTheMessageSaysWhatToWrite() async {
        await #expect { try await self.note([:]) } throws: { error in
            let told = "\(error)"
            return (error as? ToolgateError)?.decision?.code == "policy.missing"
                && ["toolgate.yaml", "TOOLGATE_POLICY", "version: 1"].allSatisfy { told.contains($0) }
        }
    }

    @Test func anInvalidPolicyAllowsNothingAndTellsItsProblems() async throws {
        try directory.write("tools: { note: { decision: alow } }", to: "toolgate.yaml")
        let decision = Gate.default.guard(tool: "note")
        #expect(decision.code == "policy.invalid" && decision.reason.contains("alow"))
    }

    @Test func theNearestPolicyCounts() async throws {
        try directory.write(allow, to: "toolgate.yaml")
        let below = "\(directory.path)/a/b"
        try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: true)
        go(to: below)
        #expect(try await note([:]) == 7)
    }

    @Test func theEnvironmentNamesOne() async throws {
        try directory.write("audit: off\ndefault: deny", to: "toolgate.yaml")
        try directory.write(allow, to: "other.yaml")
        setenv("TOOLGATE_POLICY", "\(directory.path)/other.yaml", 1)
        #expect(try await note([:]) == 7)
    }

    @Test func itIsBuiltOnceByAllTasks() async throws {
        try directory.write("default: deny", to: "toolgate.yaml")
        let gates = await withTaskGroup(of: Gate.self) { group in
            for _ in 0..<16 { group.addTask { Gate.default } }
            return await group.reduce(into: [ObjectIdentifier: Gate]()) { $0[ObjectIdentifier($1)] = $1 }
        }
        #expect(gates.count == 1)
        // The policy was loaded once.
        #expect(try await gates.values.first?.verifyAudit().records == 1)
    }

    @Test func itCanBeSet() async throws {
        let gate = try plainGate()
        Gate.setDefault(gate)
        #expect(Gate.default === gate)
        #expect(try await note([:]) == 7)
    }

    @Test func aGateThatFoundNoPolicyLooksAgainAtAReload() throws {
        let gate = Gate.discover()
        #expect(throws: ToolgateError.self) { try gate.reload() }
        #expect(gate.guard(tool: "note").code == "policy.missing")
        try directory.write(allow, to: "toolgate.yaml")
        try gate.reload()
        #expect(gate.guard(tool: "note").allowed)
    }
}
