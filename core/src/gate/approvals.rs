//! Consent: asking for it, giving it, and finding what was given.

use std::sync::Arc;
use std::time::Duration;

use super::{Gate, Loaded};
use crate::approval::{Approver, Escalation, Grant, GrantTerms, Refused, Request, State, Status, Token, digest};
use crate::audit::Entry;
use crate::call::ToolCall;
use crate::clock::Timestamp;
use crate::decision::{Approval, Decision, Verdict};
use crate::error::Code;
use crate::policy::Policy;
use crate::store::{Change, Changed, Document, Kind, Store, StoreError};
use crate::value::{Map, Value};

/// Waits between two looks at a request, from the first on.
const POLL_MIN: Duration = Duration::from_millis(20);
const POLL_MAX: Duration = Duration::from_secs(1);

impl Gate {
    /// A token with which a request can be answered, to be sent to whoever may: by mail, in a message, in a link. With
    /// `to` it is that approver's alone and shows who they are; without, nobody knows who uses it.
    ///
    /// # Errors
    /// If there is no such request, its time is over, or there is no secret to sign with.
    pub fn approval_token(&self, id: &str, to: Option<&str>) -> Result<String, Refused> {
        let request = self.pending(id)?;
        let loaded = self.loaded.load();
        let keys = loaded.keys.get()?;
        let token = Token::new(request.id, request.digest, self.now(), request.expires);
        Ok(to.map_or(token.clone(), |to| token.for_approver(to)).sign(&keys))
    }

    /// Consents to a request, named by its id or by a token. The call can then be made, once.
    ///
    /// # Errors
    /// Why this consent does not count.
    pub fn approve(&self, request: &str, approver: &Approver, reason: Option<&str>) -> Result<Request, Refused> {
        self.vote("approval.approved", request, approver, reason, &|request, approver, now| {
            request.approved(approver, reason, now)
        })
    }

    /// Consents to a request with other arguments than were asked for. The call is decided about anew: what the policy
    /// denies nobody can consent to.
    ///
    /// # Errors
    /// Why this consent does not count; [`Code::ApprovalEditRefused`] if the policy denies the edited call.
    pub fn approve_edited(
        &self,
        request: &str,
        approver: &Approver,
        args: Map,
        reason: Option<&str>,
    ) -> Result<Request, Refused> {
        let id = self.named(request, approver)?.id;
        let call = self.pending(&id)?.origin.with_args(args.clone());
        let decision = self.judged(&call)?;
        if matches!(decision.verdict, Verdict::Deny | Verdict::DryRun) {
            let message = format!("the edited call is not allowed: {}", decision.reason);
            return Err(Refused::new(Code::ApprovalEditRefused, message));
        }
        let edited = digest(&call, &decision);
        self.vote("approval.approved", request, approver, reason, &|request, approver, now| {
            request.edited(approver, args.clone(), edited.clone(), now)?.approved(approver, reason, now)
        })
    }

    /// Says no to a request, named by its id or by a token. The call stays denied until the request expires.
    ///
    /// # Errors
    /// Why this does not count.
    pub fn deny_approval(&self, request: &str, approver: &Approver, reason: Option<&str>) -> Result<Request, Refused> {
        self.vote("approval.denied", request, approver, reason, &|request, approver, now| {
            request.denied(approver, reason, now)
        })
    }

    /// Lets `to` answer a request in the stead of `approver`.
    ///
    /// # Errors
    /// Why it cannot be passed on.
    pub fn delegate_approval(&self, request: &str, approver: &Approver, to: &str) -> Result<Request, Refused> {
        self.vote("approval.delegated", request, approver, Some(to), &|request, approver, now| {
            request.delegated(approver, to, now)
        })
    }

    /// Withdraws a request.
    ///
    /// # Errors
    /// If it is over.
    pub fn cancel_approval(&self, id: &str) -> Result<Request, Refused> {
        let request = self.change_request(id, &mut |request, now| request.cancelled(now))?;
        self.note("approval.cancelled", &request, "", None);
        Ok(request)
    }

    /// A request; nothing if there is none of that id.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn approval(&self, id: &str) -> Result<Option<Request>, StoreError> {
        let document = self.store()?.document(Kind::Approval, id)?;
        document.map(|document| parse(&document)).transpose()
    }

    /// The requests that stand so now, oldest first; all that are kept without a `status`.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn approvals(&self, status: Option<Status>) -> Result<Vec<Request>, StoreError> {
        let now = self.now();
        let documents = self.store()?.documents(Kind::Approval, None)?;
        let requests = documents.iter().map(parse).collect::<Result<Vec<Request>, _>>()?;
        Ok(requests.into_iter().filter(|request| status.is_none_or(|status| request.status(now) == status)).collect())
    }

    /// Waits until a request is answered or over, at most for `timeout`, and tells how it then stands. The thread sleeps
    /// meanwhile.
    ///
    /// # Errors
    /// If the state cannot be read, or there is no such request.
    pub fn wait(&self, id: &str, timeout: Duration) -> Result<Request, Refused> {
        let mut waited = Duration::ZERO;
        let mut pause = POLL_MIN;
        loop {
            let request = self.approval(id)?.ok_or_else(|| not_found(id))?;
            if request.status(self.now()) != Status::Pending || waited >= timeout {
                return Ok(request);
            }
            let pausing = pause.min(timeout - waited);
            std::thread::sleep(pausing);
            waited += pausing;
            pause = (pause * 2).min(POLL_MAX);
        }
    }

    /// Consents beforehand.
    ///
    /// # Errors
    /// If the state cannot be written.
    pub fn grant(&self, terms: GrantTerms, by: &str) -> Result<Grant, StoreError> {
        let created = self.now();
        let id = self.ids.next(created).replacen("dec_", "grn_", 1);
        let grant = Grant { id: id.into(), terms, by: by.into(), created, used: 0 };
        let document = document(&grant.id, &grant.terms.principal, &grant, created)?;
        self.store()?.change(Kind::Grant, &grant.id, &mut |_| Ok(Some(document.clone())))?;
        Ok(grant)
    }

    /// All grants, oldest first, also those that are used up or over.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn grants(&self) -> Result<Vec<Grant>, StoreError> {
        self.store()?.documents(Kind::Grant, None)?.iter().map(parse).collect()
    }

    /// Takes a grant back. Tells whether there was one.
    ///
    /// # Errors
    /// If the state cannot be written.
    pub fn revoke(&self, id: &str) -> Result<bool, StoreError> {
        let mut was = false;
        self.store()?.change(Kind::Grant, id, &mut |before| {
            was = before.is_some();
            Ok(None)
        })?;
        Ok(was)
    }

    /// What is answered and by whom, from an id or a token.
    fn named(&self, request: &str, approver: &Approver) -> Result<Named, Refused> {
        if request.starts_with("apr_") {
            return Ok(Named { id: request.into(), approver: approver.clone(), digest: None });
        }
        let loaded = self.loaded.load();
        let token = Token::verify(request, &*loaded.keys.get()?, self.now())?;
        let (claims, approver) = (token.claims().clone(), approver.clone().with_token(&token)?);
        Ok(Named { id: claims.request, approver, digest: Some(claims.digest) })
    }

    fn vote(
        &self,
        event: &'static str,
        request: &str,
        approver: &Approver,
        reason: Option<&str>,
        vote: &dyn Fn(&Request, &Approver, Timestamp) -> Result<Request, Refused>,
    ) -> Result<Request, Refused> {
        let named = self.named(request, approver)?;
        let request = self.change_request(&named.id, &mut |request, now| {
            named.check(request)?;
            vote(request, &named.approver, now)
        })?;
        self.note(event, &request, named.approver.id(), reason);
        Ok(request)
    }

    fn change_request(
        &self,
        id: &str,
        change: &mut dyn FnMut(&Request, Timestamp) -> Result<Request, Refused>,
    ) -> Result<Request, Refused> {
        let now = self.now();
        let mut change = changing(now, id, change);
        match self.store()?.change(Kind::Approval, id, &mut change)? {
            Changed::Done(Some(document)) => Ok(parse(&document)?),
            Changed::Done(None) => Err(not_found(id)),
            Changed::Refused(refused) => Err(refused),
        }
    }

    fn pending(&self, id: &str) -> Result<Request, Refused> {
        let request = self.approval(id)?.ok_or_else(|| not_found(id))?;
        match request.status(self.now()) {
            Status::Pending => Ok(request),
            Status::Approved => Err(Refused::new(Code::ApprovalAlreadyDecided, Code::ApprovalAlreadyDecided.meaning())),
            other => Err(other.refusal()),
        }
    }

    fn note(&self, event: &'static str, request: &Request, who: &str, reason: Option<&str>) {
        let loaded = self.loaded.load();
        if let Some(sink) = &loaded.sink {
            let entry = Entry::approval(event, &request.id, &request.digest, who, reason, &loaded.redactor);
            // The store has it already; what happened is not undone because it could not be told twice.
            let _ = sink.append(self.now(), &entry);
        }
    }
}

/// What somebody answers.
struct Named {
    id: Arc<str>,
    approver: Approver,
    /// The action that they were shown, where a token tells.
    digest: Option<Arc<str>>,
}

impl Named {
    /// A link stands for the action it was made for, not for what somebody has edited since.
    fn check(&self, request: &Request) -> Result<(), Refused> {
        match &self.digest {
            Some(digest) if *digest != request.digest => {
                Err(Refused::new(Code::ApprovalWrongAction, "the request was edited after the link was made"))
            }
            _ => Ok(()),
        }
    }
}

/// Consent that was found for a call.
pub(super) enum Consent {
    /// There is none, and nobody was asked yet.
    None,
    /// Somebody was asked.
    Asked(Box<Request>),
    /// It was refused, or cannot be used.
    Refused(Refused),
    /// A person has consented to this call.
    Approved(Box<Request>),
    /// A grant covers it.
    Granted(Box<Grant>),
}

impl Consent {
    /// What there is for the call that `decision` holds. The request that the call names itself comes first, then one for
    /// the same action, then a grant.
    pub(super) fn find(
        store: &dyn Store,
        call: &ToolCall,
        decision: &Decision,
        digest: &str,
        covers: &dyn Fn(&Grant) -> bool,
    ) -> Result<Consent, StoreError> {
        let now = decision.at;
        if let Some(id) = &call.context.approval {
            let request = store.document(Kind::Approval, id)?.map(|found| parse::<Request>(&found)).transpose()?;
            return Ok(request
                .map_or_else(|| Consent::Refused(not_found(id)), |request| Consent::named(request, decision, digest)));
        }
        let asked = store.documents(Kind::Approval, Some(digest))?;
        let asked = asked.iter().rev().map(parse::<Request>).collect::<Result<Vec<Request>, _>>()?;
        // Two calls at once may both have asked: consent to either counts.
        let latest = |status| asked.iter().find(|request| request.status(now) == status).cloned();
        if let Some(request) = latest(Status::Approved) {
            return Ok(Consent::Approved(request.into()));
        }
        if let Some(request) = latest(Status::Pending) {
            return Ok(Consent::Asked(request.into()));
        }
        // To ask again and again until somebody gives in is no way to get consent.
        if let Some(request) = latest(Status::Denied).filter(|request| now < request.expires) {
            return Ok(Consent::Refused(request.denial()));
        }
        let grants = store.documents(Kind::Grant, None)?.iter().map(parse).collect::<Result<Vec<Grant>, _>>()?;
        let found = grants.into_iter().find(|grant| grant.is_for(call, now) && covers(grant));
        Ok(found.map_or(Consent::None, |grant| Consent::Granted(grant.into())))
    }

    fn named(request: Request, decision: &Decision, digest: &str) -> Consent {
        let status = request.status(decision.at);
        let refused = |code: Code| Consent::Refused(Refused::new(code, code.meaning()));
        if status == Status::Denied {
            Consent::Refused(request.denial())
        } else if status.is_final() {
            Consent::Refused(status.refusal())
        } else if request.policy_hash != decision.policy_hash {
            refused(Code::ApprovalPolicyChanged)
        } else if *request.digest != *digest {
            refused(Code::ApprovalWrongAction)
        } else if status == Status::Approved {
            Consent::Approved(request.into())
        } else {
            Consent::Asked(request.into())
        }
    }
}

/// Makes a request for the call that `decision` holds.
pub(super) fn request(
    loaded: &Loaded,
    policy: &Policy,
    call: &ToolCall,
    decision: &Decision,
    digest: Arc<str>,
) -> Request {
    let terms = decision.approval.as_ref().map(|approval| approval.terms.clone()).unwrap_or_default();
    let setting = policy.state.approvals.as_ref();
    let escalation = setting
        .and_then(|setting| setting.escalate.as_ref())
        .map(|escalate| Escalation { at: decision.at.plus_seconds(escalate.after_s), to: escalate.to.clone() });
    let principal = &call.principal;
    Request {
        id: decision.id.replacen("dec_", "apr_", 1).into(),
        digest,
        state: State::Pending,
        created: decision.at,
        expires: decision.at.plus_seconds(terms.expires_s),
        shown: shown(loaded, call, decision),
        requesters: std::iter::once(&principal.id)
            .chain(&principal.on_behalf_of)
            .filter(|id| !id.is_empty())
            .cloned()
            .collect(),
        terms,
        escalation,
        delegated: Vec::new(),
        votes: Vec::new(),
        edited: None,
        used_by: None,
        policy_hash: decision.policy_hash.clone(),
        origin: call.into(),
    }
}

/// What a person is shown: everything that tells what would run, with secrets taken out.
fn shown(loaded: &Loaded, call: &ToolCall, decision: &Decision) -> Map {
    let action = &decision.action;
    let clean = |text: &str| Value::from(&**loaded.redactor.borrow(text).as_ref());
    let part = |part: &crate::action::Action| {
        map([
            ("flags", part.flags.iter().map(|flag| clean(&flag.to_string())).collect::<Vec<_>>().into()),
            ("target", clean(part.target.as_str())),
            ("type", clean(&part.kind)),
        ])
    };
    let pairs = [
        ("action", Value::Map(part(action))),
        ("args", loaded.redactor.value(&Value::Map(call.args.clone())).as_ref().clone()),
        ("confidence", Value::from(action.confidence.as_str())),
        ("effects", action.walk().skip(1).map(|effect| Value::Map(part(effect))).collect::<Vec<_>>().into()),
        ("principal", clean(&call.principal.id)),
        ("reason", clean(&decision.reason)),
        ("risk", Value::from(decision.risk.level())),
        ("role", clean(call.principal.role.as_deref().unwrap_or_default())),
        ("rules", decision.rules.iter().map(|rule| Value::from(&**rule)).collect::<Vec<_>>().into()),
        ("session", clean(&call.session.id)),
        ("tool", clean(&call.tool)),
    ];
    map(pairs)
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Map {
    // The names are written above, each once.
    Map::from_pairs(pairs.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()).unwrap_or_default()
}

/// A decision's need for consent, now that `request` was made for it.
pub(super) fn asked(request: &Request, base_url: Option<&Arc<str>>) -> Approval {
    let url = base_url.map(|base| format!("{}/approvals/{}", base.trim_end_matches('/'), request.id).into());
    Approval { terms: request.terms.clone(), id: Some(request.id.clone()), url, expires: Some(request.expires) }
}

/// Turns a change of a request into one of its document.
pub(super) fn changing<'a>(
    now: Timestamp,
    id: &'a str,
    change: &'a mut dyn FnMut(&Request, Timestamp) -> Result<Request, Refused>,
) -> impl FnMut(Option<&Document>) -> Result<Option<Document>, Refused> + 'a {
    move |before| {
        let before = before.ok_or_else(|| not_found(id))?;
        let request: Request = parse(before)?;
        let next = change(&request, now)?;
        document(id, &before.tag, &next, now).map(Some).map_err(Refused::from)
    }
}

/// The same for a grant.
pub(super) fn using<'a>(
    now: Timestamp,
    id: &'a str,
) -> impl FnMut(Option<&Document>) -> Result<Option<Document>, Refused> + 'a {
    move |before| {
        let before = before.ok_or_else(|| not_found(id))?;
        let grant: Grant = parse(before)?;
        let next = grant.used(now)?;
        document(id, &before.tag, &next, now).map(Some).map_err(Refused::from)
    }
}

/// Puts a request into the store; the tag keeps the digest that was asked for, whatever is edited.
pub(super) fn open(store: &dyn Store, request: &Request) -> Result<(), StoreError> {
    let document = document(&request.id, &request.digest, request, request.created)?;
    let change: &mut Change<'_> = &mut |_| Ok(Some(document.clone()));
    store.change(Kind::Approval, &request.id, change).map(drop)
}

pub(super) fn parse<T: serde::de::DeserializeOwned>(document: &Document) -> Result<T, StoreError> {
    serde_json::from_str(&document.body)
        .map_err(|error| StoreError::Corrupt(format!("`{}` cannot be read: {error}", document.id)))
}

pub(super) fn document(
    id: &str,
    tag: &str,
    body: &impl serde::Serialize,
    at: Timestamp,
) -> Result<Document, StoreError> {
    let body = serde_json::to_string(body).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(Document { id: id.into(), tag: tag.into(), body: body.into(), at })
}

fn not_found(id: &str) -> Refused {
    Refused::new(Code::ApprovalNotFound, format!("there is no request `{id}`"))
}
