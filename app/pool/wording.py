"""The names of stages in Chinese and English. Pure."""

from collections.abc import Mapping

from app.kit.i18n import Localized
from app.models.pool import Stage

STAGES: Mapping[Stage, Localized] = {
    Stage.POOLED: Localized(zh="已入库", en="pooled"),
    Stage.VERIFYING: Localized(zh="验证中", en="being verified"),
    Stage.VERIFIED: Localized(zh="验证通过", en="verified"),
    Stage.FAILED: Localized(zh="验证未通过", en="verification failed"),
    Stage.IN_PILOT: Localized(zh="中试中", en="in pilot"),
    Stage.INDUSTRIALISED: Localized(zh="已产业化", en="industrialised"),
    Stage.WITHDRAWN: Localized(zh="已撤出", en="withdrawn"),
}
