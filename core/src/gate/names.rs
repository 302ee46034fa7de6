//! Looks up the names of a call that would be allowed, and asks the policy about what they lead to.
//!
//! A call that is refused or held is never looked up: the look-up itself tells whoever runs the name's servers what the
//! model put into it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::action::Action;
use crate::call::ToolCall;
use crate::decision::Verdict;
use crate::evaluate::{self, Evaluation};
use crate::facts::Facts;
use crate::limits;
use crate::net::{ResolveError, Resolver, StaticResolver, SystemResolver};
use crate::policy::{Network, Policy, Resolve};

/// The resolver that a policy asks for, if it asks for one.
pub(super) fn resolver(network: &Network) -> Option<Arc<dyn Resolver>> {
    let hosts = || StaticResolver::new(network.hosts.iter().map(|(name, addresses)| (name, addresses.clone())));
    match network.resolve {
        Resolve::None => None,
        Resolve::Static => Some(Arc::new(hosts())),
        Resolve::System => {
            let timeout = Duration::from_millis(network.timeout_ms);
            Some(Arc::new(SystemResolver::new(timeout).knowing(hosts())))
        }
    }
}

/// `evaluation`, or the stricter one that the addresses behind the names of `action` call for. Whoever lifts a verdict
/// to `allow` calls this last.
pub(super) fn judge(
    resolver: &dyn Resolver,
    policy: &Policy,
    action: &Action,
    call: &ToolCall,
    facts: &Facts,
    evaluation: Evaluation,
) -> Evaluation {
    if evaluation.verdict != Verdict::Allow {
        return evaluation;
    }
    let names = evaluate::names_in(action);
    if names.is_empty() {
        return evaluation;
    }
    let found = look_up(resolver, &names);
    evaluate::judge_names(policy, action, call, facts, &found, evaluation)
}

type Addresses = Result<Vec<IpAddr>, ResolveError>;

/// What `resolver` knows of `names`. After the first without an answer nobody is asked again: the call is refused.
fn look_up(resolver: &dyn Resolver, names: &[&str]) -> Vec<(Arc<str>, Addresses)> {
    let mut failed = (names.len() > limits::HOSTS_MAX).then_some(ResolveError::TooMany);
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let addresses = match failed {
            Some(why) => Err(why),
            None => resolver.resolve(name).and_then(checked),
        };
        failed = addresses.as_ref().err().copied().filter(|why| *why != ResolveError::NotAsked);
        found.push((Arc::from(*name), addresses));
    }
    found
}

fn checked(addresses: Vec<IpAddr>) -> Addresses {
    match addresses.len() {
        0 => Err(ResolveError::NotFound),
        1..=limits::ADDRESSES_MAX => Ok(addresses),
        _ => Err(ResolveError::Failed),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;
    use crate::audit::{AuditError, AuditSink, Entry, Receipt};
    use crate::clock::Timestamp;
    use crate::{AuditTarget, Code, Decision, Gate, Obligation, ToolCall};

    const OPEN: &str = "tools: { http.request: { decision: allow, denied_domains: [denied.example] } }\nrules: [{ id: ask, match: { host: held.example }, decision: require_approval }]";

    /// Answers each question with the next of its answers, and remembers what it was asked.
    #[derive(Clone, Default)]
    struct Scripted(Arc<Mutex<(Vec<Addresses>, Vec<String>)>>);

    impl Resolver for Scripted {
        fn resolve(&self, host: &str) -> Addresses {
            let mut script = self.0.lock().unwrap();
            script.1.push(host.to_owned());
            if script.0.is_empty() { Err(ResolveError::NotFound) } else { script.0.remove(0) }
        }
    }

    impl Scripted {
        fn new(answers: Vec<Addresses>) -> Scripted {
            Scripted(Arc::new(Mutex::new((answers, Vec::new()))))
        }

        fn asked(&self) -> Vec<String> {
            self.0.lock().unwrap().1.clone()
        }
    }

    fn gate(policy: &str, resolver: impl Resolver + 'static) -> Gate {
        Gate::builder().policy_text(policy).audit(AuditTarget::Off).resolver(resolver).build().unwrap()
    }

    fn ask(gate: &Gate, urls: &str) -> Decision {
        gate.guard(&ToolCall::from_json("http.request", &format!(r#"{{"url":{urls}}}"#)).unwrap())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn pins(decision: &Decision) -> Vec<(&str, u16, Vec<String>)> {
        let pins = decision.obligations.iter().filter_map(|obligation| match obligation {
            Obligation::PinAddresses { host, port, addresses } => {
                Some((&**host, *port, addresses.iter().map(ToString::to_string).collect()))
            }
            _ => None,
        });
        pins.collect()
    }

    #[test]
    fn what_is_refused_or_held_is_never_looked_up() {
        let resolver = Scripted::new(vec![Ok(vec![ip("8.8.8.8")])]);
        let gate = gate(OPEN, resolver.clone());
        for (url, verdict) in [
            (r#""https://denied.example/""#, Verdict::Deny),
            (r#""https://held.example/""#, Verdict::RequireApproval),
            (r#""https://localhost/""#, Verdict::Deny),
            (r#""https://8.8.8.8/""#, Verdict::Allow),
        ] {
            assert_eq!(ask(&gate, url).verdict, verdict, "{url}");
        }
        assert_eq!(resolver.asked(), Vec::<String>::new());
        assert_eq!(ask(&gate, r#""https://public.example/""#).verdict, Verdict::Allow);
        assert_eq!(resolver.asked(), ["public.example"]);
    }

    #[test]
    fn a_name_that_leads_elsewhere_the_second_time_is_judged_anew_and_pinned_before() {
        let gate = gate(OPEN, Scripted::new(vec![Ok(vec![ip("8.8.8.8")]), Ok(vec![ip("169.254.169.254")])]));
        let (first, second) =
            (ask(&gate, r#""https://rebinds.example/""#), ask(&gate, r#""https://rebinds.example/""#));
        assert_eq!(pins(&first), [("rebinds.example", 443, vec!["8.8.8.8".to_owned()])]);
        assert_eq!((second.verdict, second.code), (Verdict::Deny, Code::NetPrivateAddress));
        assert_eq!(pins(&second), []);
    }

    #[test]
    fn one_special_address_among_others_is_enough() {
        let mixed = Ok(vec![ip("8.8.8.8"), ip("::ffff:10.0.0.1")]);
        let decision = ask(&gate(OPEN, Scripted::new(vec![mixed])), r#""https://a.example/""#);
        assert_eq!((decision.verdict, decision.code), (Verdict::Deny, Code::NetPrivateAddress));
        assert_eq!(&*decision.reason, "`a.example` leads to ::ffff:10.0.0.1, a special address (private)");
    }

    #[test]
    fn without_an_address_there_is_no_permission() {
        let many = (0..=limits::ADDRESSES_MAX).map(|n| IpAddr::from([8, 8, 8, u8::try_from(n).unwrap()])).collect();
        for answer in [Err(ResolveError::TimedOut), Err(ResolveError::Busy), Ok(Vec::new()), Ok(many)] {
            let decision = ask(&gate(OPEN, Scripted::new(vec![answer])), r#""https://a.example/""#);
            assert_eq!((decision.verdict, decision.code), (Verdict::Deny, Code::NetUnresolvedHost));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_name_is_answered_as_the_strictest_of_its_addresses(
            addresses in prop::collection::vec(address(), 1..4),
            allowed in prop::collection::vec(address(), 0..3),
            denied in prop::collection::vec(address(), 0..2),
        ) {
            let list = |all: &[IpAddr]| all.iter().map(|ip| format!("'{ip}'")).collect::<Vec<_>>().join(", ");
            let policy = format!(
                "tools: {{ http.request: {{ decision: allow, allowed_ip_ranges: [{}], denied_ip_ranges: [{}] }} }}",
                list(&allowed), list(&denied),
            );
            let gate = gate(&policy, Scripted::new(vec![Ok(addresses.clone())]));
            let by_name = ask(&gate, r#""https://a.example/""#).verdict;
            let literal = |ip: &IpAddr| match ip {
                IpAddr::V4(ip) => format!(r#""https://{ip}/""#),
                IpAddr::V6(ip) => format!(r#""https://[{ip}]/""#),
            };
            let strictest = addresses.iter().map(|ip| ask(&gate, &literal(ip)).verdict).max();
            prop_assert_eq!(Some(by_name), strictest);
        }
    }

    fn address() -> impl Strategy<Value = IpAddr> {
        let known = [
            "8.8.8.8",
            "1.1.1.1",
            "10.0.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "2002:a00:1::",
        ];
        prop::sample::select(known.map(ip).to_vec())
    }

    #[test]
    fn a_resolver_that_panics_denies() {
        struct Broken;
        impl Resolver for Broken {
            fn resolve(&self, _: &str) -> Addresses {
                panic!("broken")
            }
        }
        assert_eq!(ask(&gate(OPEN, Broken), r#""https://a.example/""#).code, Code::InternalPanic);
    }

    #[test]
    fn a_call_names_only_so_many_hosts() {
        let urls = |count: usize| {
            let all: Vec<String> = (0..count).map(|n| format!(r#""https://h{n}.example/""#)).collect();
            format!("[{}]", all.join(","))
        };
        let answers = || vec![Ok(vec![ip("8.8.8.8")]); limits::HOSTS_MAX];
        let (enough, too_many) = (Scripted::new(answers()), Scripted::new(answers()));
        let decision = ask(&gate(OPEN, enough.clone()), &urls(limits::HOSTS_MAX));
        assert_eq!((decision.verdict, pins(&decision).len()), (Verdict::Allow, limits::HOSTS_MAX));
        let decision = ask(&gate(OPEN, too_many.clone()), &urls(limits::HOSTS_MAX + 1));
        assert_eq!((decision.code, too_many.asked().len()), (Code::NetUnresolvedHost, 0));
        assert_eq!(enough.asked().len(), limits::HOSTS_MAX);
    }

    #[test]
    fn after_the_first_failure_nobody_is_asked() {
        let resolver = Scripted::new(vec![Err(ResolveError::TimedOut), Ok(vec![ip("8.8.8.8")])]);
        let decision = ask(&gate(OPEN, resolver.clone()), r#"["https://a.example/","https://b.example/"]"#);
        assert_eq!((decision.code, resolver.asked().len()), (Code::NetUnresolvedHost, 1));
    }

    #[test]
    fn names_that_are_not_looked_up_are_judged_by_what_they_say() {
        let decision = ask(&gate(OPEN, crate::NoResolver), r#""https://a.example/""#);
        assert_eq!((decision.verdict, decision.obligations.len()), (Verdict::Allow, 0));
    }

    #[test]
    fn only_a_gate_that_asks_the_network_waits() {
        let gate = |network: &str| Gate::from_yaml(&format!("audit: off\n{network}{OPEN}")).unwrap();
        assert!(!gate("").waits());
        assert!(!gate("network: { resolve: none }\n").waits());
        assert!(!gate("network: { resolve: static, hosts: { a.example: [8.8.8.8] } }\n").waits());
        assert!(gate("network: { resolve: system }\n").waits());
    }

    #[test]
    fn the_resolver_of_the_program_comes_before_the_policys() {
        let policy = format!("network: {{ resolve: static, hosts: {{ a.example: [10.0.0.1] }} }}\n{OPEN}");
        let decision = ask(&gate(&policy, Scripted::new(vec![Ok(vec![ip("8.8.4.4")])])), r#""https://a.example/""#);
        assert_eq!(pins(&decision), [("a.example", 443, vec!["8.8.4.4".to_owned()])]);
    }

    #[test]
    fn an_observing_policy_says_what_it_would_have_been() {
        let policy = format!("mode: observe\n{OPEN}");
        let decision = ask(&gate(&policy, Scripted::new(vec![Ok(vec![ip("10.0.0.1")])])), r#""https://a.example/""#);
        assert_eq!((decision.verdict, decision.observed), (Verdict::Allow, Some(Verdict::Deny)));
    }

    #[test]
    fn an_explanation_looks_names_up_as_a_decision_does() {
        let gate = gate(OPEN, Scripted::new(vec![Ok(vec![ip("127.0.0.1")])]));
        let call = ToolCall::from_json("http.request", r#"{"url":"https://a.example/"}"#).unwrap();
        assert_eq!(gate.explain(&call).unwrap().evaluation.code, Code::NetPrivateAddress);
    }

    #[test]
    fn the_record_tells_the_verdict_that_the_addresses_led_to() {
        struct Last(Arc<Mutex<String>>);
        impl AuditSink for Last {
            fn append(&self, _: Timestamp, entry: &Entry) -> Result<Receipt, AuditError> {
                *self.0.lock().unwrap() = format!("{entry:?}");
                Ok(Receipt { seq: 0, hash: "".into() })
            }
        }
        let last = Arc::new(Mutex::new(String::new()));
        let gate = Gate::builder()
            .policy_text(OPEN)
            .audit(AuditTarget::Sink(Arc::new(Last(last.clone()))))
            .resolver(Scripted::new(vec![Ok(vec![ip("127.0.0.1")])]))
            .build()
            .unwrap();
        ask(&gate, r#""https://a.example/""#);
        assert!(last.lock().unwrap().contains("net.private_address"), "{last:?}");
    }
}
