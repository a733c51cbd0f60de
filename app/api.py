"""Mounts the routers of every domain under /v1."""

from fastapi import APIRouter, Depends

from app.accounts.endpoints import api_keys as api_keys_router
from app.accounts.endpoints import router as accounts_router
from app.accounts.write_limit import limit_writes
from app.assessment.endpoints import proposals as proposals_router
from app.assessment.endpoints import router as assignments_router
from app.assessment.evaluation_endpoints import router as evaluations_router
from app.assessment.expert_endpoints import router as experts_router
from app.audit.endpoints import router as audit_router
from app.auth.enforce import enforce_policy
from app.calls.endpoints import router as calls_router
from app.catalogue.endpoints import router as catalogue_router
from app.changes.endpoints import router as changes_router
from app.demand.endpoints import router as demand_router
from app.errors import InvalidRequest, Unavailable, problems
from app.guards import refuse_unusable_parameters
from app.imports.endpoints import router as imports_router
from app.jobs.endpoints import router as jobs_router
from app.listing.authority_endpoints import router as authority_router
from app.listing.claim_endpoints import router as claims_router
from app.listing.completeness_endpoints import router as completeness_router
from app.listing.draft_endpoints import router as drafts_router
from app.listing.item_endpoints import router as draft_items_router
from app.listing.review_endpoints import router as review_router
from app.matching.endpoints import router as matching_router
from app.membership.admin_endpoints import router as appointments_router
from app.membership.endpoints import router as membership_router
from app.notices.endpoints import router as notices_router
from app.pool.endpoints import router as pool_router
from app.registry.endpoints import router as registry_router
from app.releases.endpoints import router as releases_router
from app.results.access_endpoints import router as access_router
from app.results.attachment_endpoints import router as attachments_router
from app.results.endpoints import router as results_router
from app.runs.endpoints import computing as replays_router
from app.runs.endpoints import router as runs_router
from app.runs.feedback_endpoints import router as feedback_router
from app.vocabulary.endpoints import router as vocabulary_router
from app.watches.endpoints import router as watches_router
from app.webhooks.endpoints import router as webhooks_router

api = APIRouter(
    prefix="/v1",
    dependencies=[Depends(refuse_unusable_parameters), Depends(limit_writes), Depends(enforce_policy)],
    responses=problems(InvalidRequest, Unavailable),
)
api.include_router(catalogue_router)
api.include_router(registry_router)
# Before the vocabulary: `/standards/proposed` is no number of a standard.
api.include_router(jobs_router)
api.include_router(vocabulary_router)
api.include_router(matching_router)
api.include_router(imports_router)
api.include_router(changes_router)
api.include_router(accounts_router)
api.include_router(api_keys_router)
api.include_router(membership_router)
api.include_router(appointments_router)
api.include_router(releases_router)
api.include_router(drafts_router)
api.include_router(completeness_router)
api.include_router(draft_items_router)
api.include_router(review_router)
api.include_router(authority_router)
api.include_router(claims_router)
api.include_router(audit_router)
api.include_router(notices_router)
api.include_router(pool_router)
api.include_router(calls_router)
api.include_router(results_router)
api.include_router(attachments_router)
api.include_router(access_router)
api.include_router(experts_router)
api.include_router(proposals_router)
api.include_router(assignments_router)
api.include_router(evaluations_router)
api.include_router(runs_router)
api.include_router(replays_router)
api.include_router(feedback_router)
api.include_router(webhooks_router)
api.include_router(demand_router)
api.include_router(watches_router)
