//! A request for consent, and what can happen to it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Refused, VerifiedToken};
use crate::call::{CallContext, Session, ToolCall};
use crate::clock::Timestamp;
use crate::decision::ApprovalTerms;
use crate::error::Code;
use crate::pattern::NamePattern;
use crate::principal::Principal;
use crate::value::Map;

/// A request for consent to one action: what it would be, who may consent, and who did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Its name, `apr_…`.
    pub id: Arc<str>,
    /// Digest of the action, `sha256:…`; of the edited one, if an approver has edited it.
    pub digest: Arc<str>,
    /// What became of it so far; see also [`Request::status`].
    pub state: State,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it can be consented to, and the consent be used.
    pub expires: Timestamp,
    /// What a person is shown: the action with its arguments redacted, who asks, the risk and why consent is needed.
    pub shown: Map,
    /// The principal and those it acts for. None of them consents.
    pub requesters: Vec<Arc<str>>,
    /// How many have to consent, and who may.
    pub terms: ApprovalTerms,
    /// Who may consent as well after a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Escalation>,
    /// Approvers who have passed it on: from whom, to whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegated: Vec<(Arc<str>, Arc<str>)>,
    /// What was said to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
    /// The arguments, if an approver has edited them: the tool runs with these or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Map>,
    /// The policy that asks for it. Under another the consent does not count.
    pub policy_hash: Arc<str>,
    /// The call, its arguments aside: an edited one is decided about as if it had been made like this.
    pub origin: Origin,
    /// The decision that has used the consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<Arc<str>>,
}

/// Who made a call of which tool, and from where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Origin {
    tool: Arc<str>,
    principal: Arc<str>,
    role: Option<Arc<str>>,
    on_behalf_of: Vec<Arc<str>>,
    attributes: Map,
    session: Arc<str>,
    labels: Vec<Arc<str>>,
    framework: Option<Arc<str>>,
    server: Option<Arc<str>>,
    cwd: Option<Arc<str>>,
    signals: Vec<Arc<str>>,
}

/// What was decided about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing yet.
    Pending,
    /// Enough have consented.
    Approved,
    /// Somebody said no.
    Denied,
    /// It was withdrawn.
    Cancelled,
    /// The consent was used.
    Used,
}

/// How a request stands at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits.
    Pending,
    /// The consent can be used.
    Approved,
    /// Somebody said no.
    Denied,
    /// It was withdrawn.
    Cancelled,
    /// The consent was used.
    Used,
    /// Its time is over.
    Expired,
}

/// Who may consent as well, and from when on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// From then on.
    pub at: Timestamp,
    /// Ids, `role:…`, or patterns of them.
    pub to: Vec<Arc<str>>,
}

/// What an approver said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// Who; a typed name where nobody vouches for it.
    pub by: Arc<str>,
    /// In whose stead, if it was passed on to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_stead_of: Option<Arc<str>>,
    /// Whether it is known that it was them.
    pub verified: bool,
    /// Yes or no.
    pub consents: bool,
    /// To which action.
    pub digest: Arc<str>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// When.
    pub at: Timestamp,
}

/// Someone who consents or refuses to.
///
/// Whose identity is known is told apart from others by it. All who are not known count as one: anybody can type a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    id: Arc<str>,
    role: Option<Arc<str>>,
    verified: bool,
}

impl Approver {
    /// Someone the host program has identified, by a login or a key. It vouches for that.
    pub fn verified(id: impl Into<Arc<str>>) -> Approver {
        Approver { id: id.into(), role: None, verified: true }
    }

    /// Someone who says that they are `id`.
    pub fn unverified(id: impl Into<Arc<str>>) -> Approver {
        Approver { id: id.into(), role: None, verified: false }
    }

    /// The same approver in `role`, as far as their identity is known.
    pub fn with_role(mut self, role: impl Into<Arc<str>>) -> Approver {
        self.role = Some(role.into());
        self
    }

    /// The approver that a token shows them to be: the one it was made for, whatever name they type.
    ///
    /// # Errors
    /// [`Code::ApprovalNotApprover`] if they are known to be someone else.
    pub fn with_token(self, token: &VerifiedToken) -> Result<Approver, Refused> {
        match &token.claims().to {
            Some(to) if self.verified && self.id != *to => {
                Err(Refused::new(Code::ApprovalNotApprover, "the link was made for someone else"))
            }
            Some(to) => Ok(Approver { id: to.clone(), role: self.role.filter(|_| self.verified), verified: true }),
            None => Ok(self),
        }
    }

    /// Their name.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn is_among(&self, names: &[Arc<str>]) -> bool {
        let role = self.role.as_ref().map(|role| format!("role:{role}"));
        self.verified
            && names.iter().any(|name| {
                let pattern = NamePattern::new(name);
                pattern.matches(&self.id) || role.as_ref().is_some_and(|role| pattern.matches(role))
            })
    }
}

impl From<&ToolCall> for Origin {
    fn from(call: &ToolCall) -> Origin {
        let (principal, context) = (call.principal.clone(), call.context.clone());
        Origin {
            tool: call.tool.clone(),
            principal: principal.id,
            role: principal.role,
            on_behalf_of: principal.on_behalf_of,
            attributes: principal.attributes,
            session: call.session.id.clone(),
            labels: call.session.labels.clone(),
            framework: context.framework,
            server: context.server,
            cwd: context.cwd,
            signals: context.signals,
        }
    }
}

impl Origin {
    /// The same call with `args`.
    pub fn with_args(self, args: Map) -> ToolCall {
        let principal = Principal {
            id: self.principal,
            role: self.role,
            on_behalf_of: self.on_behalf_of,
            attributes: self.attributes,
        };
        let context = CallContext {
            framework: self.framework,
            server: self.server,
            cwd: self.cwd,
            signals: self.signals,
            ..CallContext::default()
        };
        let session = Session { id: self.session, labels: self.labels };
        ToolCall { tool: self.tool, args, principal, session, context }
    }
}

impl Request {
    /// How it stands at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        match self.state {
            State::Pending | State::Approved if now >= self.expires => Status::Expired,
            State::Pending => Status::Pending,
            State::Approved => Status::Approved,
            State::Denied => Status::Denied,
            State::Cancelled => Status::Cancelled,
            State::Used => Status::Used,
        }
    }

    /// How many more have to consent.
    pub fn missing(&self) -> usize {
        (self.terms.count as usize).saturating_sub(self.consents().count())
    }

    /// With the consent of `approver`. It is approved once enough have consented.
    ///
    /// # Errors
    /// If it is not pending any more, or they may not consent.
    pub fn approved(&self, approver: &Approver, reason: Option<&str>, now: Timestamp) -> Result<Request, Refused> {
        self.check_pending(now)?;
        let seat = self.seat(approver, now)?;
        if self.terms.distinct && self.consents().any(|vote| vote.verified == approver.verified && vote.has_seat(&seat))
        {
            return Err(Refused::of(Code::ApprovalDuplicateApprover));
        }
        let mut next = self.with_vote(approver, seat, true, reason, now);
        if next.missing() == 0 {
            next.state = State::Approved;
        }
        Ok(next)
    }

    /// With a no of `approver`, which is final.
    ///
    /// # Errors
    /// If it is not pending any more, or they have no say in it.
    pub fn denied(&self, approver: &Approver, reason: Option<&str>, now: Timestamp) -> Result<Request, Refused> {
        self.check_pending(now)?;
        let seat = self.seat(approver, now)?;
        Ok(Request { state: State::Denied, ..self.with_vote(approver, seat, false, reason, now) })
    }

    /// With other arguments, whose action has `digest`. What was consented to before is not consented to any more.
    ///
    /// # Errors
    /// If it is not pending any more, or `approver` may not consent.
    pub fn edited(&self, approver: &Approver, args: Map, digest: Arc<str>, now: Timestamp) -> Result<Request, Refused> {
        self.check_pending(now)?;
        self.seat(approver, now)?;
        Ok(Request { edited: Some(args), digest, ..self.clone() })
    }

    /// Passed on by `approver` to `to`, who may consent in their stead.
    ///
    /// # Errors
    /// If it is not pending any more, `approver` may not consent, or `to` asks for it themselves.
    pub fn delegated(&self, approver: &Approver, to: impl Into<Arc<str>>, now: Timestamp) -> Result<Request, Refused> {
        let to = to.into();
        self.check_pending(now)?;
        self.seat(approver, now)?;
        if self.requesters.contains(&to) {
            return Err(Refused::of(Code::ApprovalSelfApproval));
        }
        let mut next = self.clone();
        next.delegated.push((approver.id.clone(), to));
        Ok(next)
    }

    /// Withdrawn.
    ///
    /// # Errors
    /// If it was denied, withdrawn or used before, or its time is over.
    pub fn cancelled(&self, now: Timestamp) -> Result<Request, Refused> {
        match self.status(now) {
            Status::Pending | Status::Approved => Ok(Request { state: State::Cancelled, ..self.clone() }),
            other => Err(other.refusal()),
        }
    }

    /// With the consent used by the decision called `decision`, for the action with `digest`.
    ///
    /// # Errors
    /// [`Code::ApprovalWrongAction`] if it is another action, else why there is no consent to use.
    pub fn used(&self, digest: &str, decision: &Arc<str>, now: Timestamp) -> Result<Request, Refused> {
        match self.status(now) {
            Status::Approved if *self.digest == *digest => {
                Ok(Request { state: State::Used, used_by: Some(decision.clone()), ..self.clone() })
            }
            Status::Approved => Err(Refused::of(Code::ApprovalWrongAction)),
            other => Err(other.refusal()),
        }
    }

    /// Who said no, and why.
    pub fn denial(&self) -> Refused {
        let reason = self.votes.iter().rev().find(|vote| !vote.consents).and_then(|vote| vote.reason.as_deref());
        let message =
            reason.map_or_else(|| Code::ApprovalDenied.meaning().to_owned(), |why| format!("a person said no: {why}"));
        Refused::new(Code::ApprovalDenied, message)
    }

    fn consents(&self) -> impl Iterator<Item = &Vote> {
        self.votes.iter().filter(|vote| vote.consents && vote.digest == self.digest)
    }

    fn with_vote(
        &self,
        approver: &Approver,
        seat: Arc<str>,
        consents: bool,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Request {
        let mut next = self.clone();
        next.votes.push(Vote {
            by: approver.id.clone(),
            in_stead_of: Some(seat).filter(|seat| *seat != approver.id),
            verified: approver.verified,
            consents,
            digest: self.digest.clone(),
            reason: reason.map(Arc::from),
            at,
        });
        next
    }

    fn check_pending(&self, now: Timestamp) -> Result<(), Refused> {
        match self.status(now) {
            Status::Pending => Ok(()),
            Status::Approved => Err(Refused::of(Code::ApprovalAlreadyDecided)),
            other => Err(other.refusal()),
        }
    }

    /// Whose say `approver` has: their own, or that of whoever passed it on to them, so that nobody has two.
    fn seat(&self, approver: &Approver, now: Timestamp) -> Result<Arc<str>, Refused> {
        if self.requesters.iter().any(|requester| **requester == *approver.id) {
            return Err(Refused::of(Code::ApprovalSelfApproval));
        }
        let escalated = self.escalation.as_ref().filter(|escalation| now >= escalation.at);
        let is_asked = self.terms.from.iter().all(|list| approver.is_among(list))
            || escalated.is_some_and(|escalation| approver.is_among(&escalation.to));
        if is_asked {
            return Ok(approver.id.clone());
        }
        let passed_on = self.delegated.iter().find(|(_, to)| approver.verified && *to == approver.id);
        passed_on.map(|(from, _)| self.first_of(from)).ok_or_else(|| Refused::of(Code::ApprovalNotApprover))
    }

    /// Who passed it on first, where it went from one to the next to `last`.
    fn first_of(&self, last: &Arc<str>) -> Arc<str> {
        let mut first = last;
        // Each step goes to another delegation, unless they go round in a circle.
        for _ in &self.delegated {
            match self.delegated.iter().find(|(_, to)| to == first) {
                Some((from, _)) => first = from,
                None => break,
            }
        }
        first.clone()
    }
}

impl Vote {
    /// Whether it was given with the say of `seat`. All who are not known have one together.
    fn has_seat(&self, seat: &str) -> bool {
        !self.verified || **self.in_stead_of.as_ref().unwrap_or(&self.by) == *seat
    }
}

impl Status {
    /// `pending`, `approved`, `denied`, `cancelled`, `used` or `expired`.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Approved => "approved",
            Status::Denied => "denied",
            Status::Cancelled => "cancelled",
            Status::Used => "used",
            Status::Expired => "expired",
        }
    }

    /// Reads a status.
    pub fn parse(word: &str) -> Option<Status> {
        use Status::{Approved, Cancelled, Denied, Expired, Pending, Used};
        [Pending, Approved, Denied, Cancelled, Used, Expired].into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing can happen to it any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Status::Pending | Status::Approved)
    }

    /// Why there is no consent to use, and none to give.
    pub fn refusal(self) -> Refused {
        Refused::of(match self {
            Status::Pending | Status::Approved => Code::PolicyRequireApproval,
            Status::Denied => Code::ApprovalDenied,
            Status::Cancelled => Code::ApprovalCancelled,
            Status::Used => Code::ApprovalAlreadyUsed,
            Status::Expired => Code::ApprovalExpired,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn request(count: u32, from: &[&[&str]]) -> Request {
        let from = from.iter().map(|list| list.iter().map(|name| Arc::from(*name)).collect()).collect();
        Request {
            id: "apr_1".into(),
            digest: "sha256:1".into(),
            state: State::Pending,
            created: NOW,
            expires: NOW.plus_seconds(60),
            shown: Map::default(),
            requesters: vec!["agent:a".into(), "bob".into()],
            terms: ApprovalTerms { count, distinct: true, from, expires_s: 60 },
            escalation: None,
            delegated: Vec::new(),
            votes: Vec::new(),
            edited: None,
            used_by: None,
            policy_hash: "sha256:p".into(),
            origin: Origin::default(),
        }
    }

    fn code<T: std::fmt::Debug>(result: Result<T, Refused>) -> Code {
        result.unwrap_err().code
    }

    fn alice() -> Approver {
        Approver::verified("alice")
    }

    #[test]
    fn consent_works_once_for_its_action() {
        let approved = request(1, &[]).approved(&alice(), Some("fine"), NOW).unwrap();
        assert_eq!(approved.status(NOW), Status::Approved);
        assert_eq!(code(approved.used("sha256:2", &"dec_1".into(), NOW)), Code::ApprovalWrongAction);
        let used = approved.used("sha256:1", &"dec_1".into(), NOW).unwrap();
        assert_eq!(code(used.used("sha256:1", &"dec_2".into(), NOW)), Code::ApprovalAlreadyUsed);
        assert_eq!(code(approved.used("sha256:1", &"dec_1".into(), approved.expires)), Code::ApprovalExpired);
        assert_eq!(code(request(1, &[]).used("sha256:1", &"dec_1".into(), NOW)), Code::PolicyRequireApproval);
    }

    #[test]
    fn several_have_to_be_different_people() {
        let first = request(2, &[]).approved(&alice(), None, NOW).unwrap();
        assert_eq!((first.status(NOW), first.missing()), (Status::Pending, 1));
        assert_eq!(code(first.approved(&alice(), None, NOW)), Code::ApprovalDuplicateApprover);
        assert!(first.approved(&Approver::verified("carol"), None, NOW).unwrap().status(NOW) == Status::Approved);
        // Names that nobody vouches for are one person.
        let typed = request(2, &[]).approved(&Approver::unverified("x"), None, NOW).unwrap();
        assert_eq!(code(typed.approved(&Approver::unverified("y"), None, NOW)), Code::ApprovalDuplicateApprover);
    }

    #[test]
    fn only_those_asked_consent_and_never_who_asks() {
        let asked = request(1, &[&["role:lead", "carol"], &["role:lead", "dan"]]);
        for (approver, expected) in [
            (alice().with_role("lead"), None),
            (alice(), Some(Code::ApprovalNotApprover)),
            (Approver::verified("carol"), Some(Code::ApprovalNotApprover)),
            (Approver::unverified("alice").with_role("lead"), Some(Code::ApprovalNotApprover)),
            (Approver::verified("bob").with_role("lead"), Some(Code::ApprovalSelfApproval)),
            (Approver::unverified("agent:a"), Some(Code::ApprovalSelfApproval)),
        ] {
            assert_eq!(
                asked.approved(&approver, None, NOW).err().map(|refused| refused.code),
                expected,
                "{approver:?}"
            );
            assert_eq!(asked.denied(&approver, None, NOW).err().map(|refused| refused.code), expected, "{approver:?}");
        }
    }

    #[test]
    fn others_may_be_asked_later() {
        let asked = Request {
            escalation: Some(Escalation { at: NOW.plus_seconds(30), to: vec!["role:boss".into()] }),
            ..request(1, &[&["dan"]])
        };
        let boss = Approver::verified("eve").with_role("boss");
        assert_eq!(code(asked.approved(&boss, None, NOW)), Code::ApprovalNotApprover);
        assert!(asked.approved(&boss, None, NOW.plus_seconds(30)).is_ok());
        let passed_on = asked.delegated(&Approver::verified("dan"), "frank", NOW).unwrap();
        assert!(passed_on.approved(&Approver::verified("frank"), None, NOW).is_ok());
        assert_eq!(code(asked.delegated(&Approver::verified("dan"), "bob", NOW)), Code::ApprovalSelfApproval);
        assert_eq!(code(asked.delegated(&boss, "frank", NOW)), Code::ApprovalNotApprover);
    }

    #[test]
    fn an_edit_is_another_action() {
        let first = request(2, &[]).approved(&alice(), None, NOW).unwrap();
        let edited = first.edited(&Approver::verified("carol"), Map::default(), "sha256:2".into(), NOW).unwrap();
        assert_eq!(edited.missing(), 2);
        let second = edited.approved(&Approver::verified("carol"), None, NOW).unwrap();
        let approved = second.approved(&alice(), None, NOW).unwrap();
        assert_eq!(code(approved.used("sha256:1", &"dec_1".into(), NOW)), Code::ApprovalWrongAction);
        assert!(approved.used("sha256:2", &"dec_1".into(), NOW).is_ok());
    }

    #[test]
    fn what_is_decided_stays_decided() {
        let denied = request(1, &[]).denied(&alice(), Some("no"), NOW).unwrap();
        assert_eq!(code(denied.approved(&alice(), None, NOW)), Code::ApprovalDenied);
        let cancelled = request(1, &[]).cancelled(NOW).unwrap();
        assert_eq!(code(cancelled.used("sha256:1", &"dec_1".into(), NOW)), Code::ApprovalCancelled);
        assert_eq!(code(cancelled.cancelled(NOW)), Code::ApprovalCancelled);
        let approved = request(1, &[]).approved(&alice(), None, NOW).unwrap();
        assert_eq!(code(approved.denied(&alice(), None, NOW)), Code::ApprovalAlreadyDecided);
        let late = NOW.plus_seconds(60);
        assert_eq!(code(request(1, &[]).approved(&alice(), None, late)), Code::ApprovalExpired);
    }

    #[test]
    fn a_link_for_someone_is_them() {
        use super::super::{KeyRing, Secret, Token};
        let keys = KeyRing::new(&[Secret::new("0123456789abcdef0123456789abcdef").unwrap()]).unwrap();
        let token = Token::new("apr_1", "sha256:1", NOW, NOW.plus_seconds(60)).for_approver("alice");
        let token = Token::verify(&token.sign(&keys), &keys, NOW).unwrap();
        assert_eq!(Approver::unverified("mallory").with_token(&token), Ok(alice()));
        assert_eq!(code(Approver::verified("mallory").with_token(&token)), Code::ApprovalNotApprover);
    }

    #[test]
    fn a_request_survives_its_text() {
        let request = request(2, &[&["dan"]]).approved(&Approver::verified("dan"), Some("why \u{1F600}"), NOW).unwrap();
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
    }
}
