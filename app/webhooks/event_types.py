"""The types of events that a webhook can ask for. Pure."""

from collections.abc import Mapping

from app.kit.i18n import Localized
from app.outbox.events import AddressedType, ChangeType

PUBLIC_TYPES: Mapping[ChangeType, Localized] = {
    ChangeType.PLATFORM_PUBLISHED: Localized(zh="平台发布", en="A platform was published"),
    ChangeType.PLATFORM_CHANGED: Localized(
        zh="已发布平台有变更", en="Published content of a platform changed"
    ),
    ChangeType.PLATFORM_REMOVED: Localized(zh="平台不再公开", en="A platform is no longer public"),
    ChangeType.PLATFORM_SUSPENDED: Localized(zh="平台被暂停", en="A platform was suspended"),
    ChangeType.PLATFORM_REINSTATED: Localized(zh="平台恢复", en="A suspension of a platform ended"),
    ChangeType.SERVICE_PUBLISHED: Localized(zh="服务发布", en="A service was published"),
    ChangeType.SERVICE_CHANGED: Localized(zh="服务有变更", en="A service changed"),
    ChangeType.SERVICE_REMOVED: Localized(zh="服务不再公开", en="A service is no longer public"),
    ChangeType.RELEASE_PUBLISHED: Localized(
        zh="目录清单新版发布", en="A new edition of the catalogue list was published"
    ),
    ChangeType.ACCREDITATION_PUBLISHED: Localized(zh="资质发布", en="An accreditation was published"),
    ChangeType.ACCREDITATION_CHANGED: Localized(
        zh="资质或其能力范围有变更", en="An accreditation or its scope changed"
    ),
    ChangeType.ACCREDITATION_REMOVED: Localized(zh="资质不再公开", en="An accreditation is no longer public"),
    ChangeType.PROJECT_PUBLISHED: Localized(zh="入库项目公开", en="A pool project was published"),
    ChangeType.PROJECT_CHANGED: Localized(zh="公开的入库项目有变更", en="A public pool project changed"),
    ChangeType.PROJECT_REMOVED: Localized(zh="入库项目不再公开", en="A pool project is no longer public"),
    ChangeType.VOCABULARY_CHANGED: Localized(zh="词表有变更", en="The vocabularies changed"),
}
"""Everybody may ask for these: they are in the feed of changes too."""

ADDRESSED_TYPES: Mapping[AddressedType, Localized] = {
    AddressedType.MATCH_ALERT: Localized(
        zh="保存的匹配有变化", en="A saved match turned: a need is met, or no longer met"
    ),
    AddressedType.SEARCH_ALERT: Localized(zh="保存的检索有新结果", en="A saved search has new results"),
    AddressedType.PROJECT_STAGE_CHANGED: Localized(
        zh="项目进入新阶段", en="A pool project came to another stage"
    ),
    AddressedType.CALL_OPENED: Localized(
        zh="适合本单位成果的征集开始", en="A call opened that fits a result of the organisation"
    ),
    AddressedType.RESULT_SUBMITTED: Localized(zh="成果申报到征集", en="A result was submitted to a call"),
    AddressedType.RESULT_DECIDED: Localized(zh="成果有了结论", en="A result was decided"),
    AddressedType.ACCESS_REQUESTED: Localized(
        zh="有人申请查阅成果", en="Somebody asks to read more of a result"
    ),
    AddressedType.ACCESS_DECIDED: Localized(
        zh="查阅申请有了结果", en="A request to read more of a result was decided"
    ),
    AddressedType.DATA_TASK_OPENED: Localized(
        zh="数据质量任务", en="A data-quality task was opened for a platform"
    ),
    AddressedType.DEMAND_APPEARED: Localized(
        zh="平台有了新的需求", en="There is new demand for what a platform offers"
    ),
    AddressedType.WEBHOOK_TEST: Localized(zh="测试事件", en="A test, sent when its owner asks for it"),
}
"""A webhook gets these only where its owner is meant."""

DESCRIPTIONS: Mapping[str, Localized] = {
    **{kind.value: text for kind, text in PUBLIC_TYPES.items()},
    **{kind.value: text for kind, text in ADDRESSED_TYPES.items()},
}
