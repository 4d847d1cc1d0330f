"""The specialist's names for what a model says of its training, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.words import Text
from pages.ui.language import t

TERMS = {
    "bestsellers": Text("bestsellers", "畅销榜"),
    "blend": Text("all of them together", "综合以上模型"),
    "ease": Text("EASE", "EASE"),
    "item_item": Text("item-item", "相关商品（item-item）"),
    "lately": Text("transitions over a longer while", "先后转移（较长）"),
    "next": Text("transitions", "先后转移（近期）"),
    "sequence": Text("sequence transformer", "序列 Transformer"),
    "accuracy": Text("accuracy", "准确率"),
    "adapted": Text("adapted", "已适配"),
    "auc": Text("AUC", "AUC"),
    "batch_size": Text("batch size", "批大小"),
    "best": Text("best found", "最优结果"),
    "blend_weights": Text("blend weights", "组合权重"),
    "boosted": Text("LightGBM", "LightGBM"),
    "columns": Text("columns", "列"),
    "component": Text("component", "组成部分"),
    "contrastive": Text("contrastive tuning", "对比学习微调"),
    "crossed": Text("LightGBM with pairs of numbers", "LightGBM（含数值两两组合）"),
    "crossed_ordered": Text("CatBoost with pairs of numbers", "CatBoost（含数值两两组合）"),
    "cuts": Text("fold assignments", "分折次数"),
    "encoder": Text("encoder", "编码器"),
    "epochs": Text("epochs", "训练轮数"),
    "epochs_run": Text("epochs run", "实际训练轮数"),
    "fine_tuned": Text("fine-tuned", "是否微调"),
    "folds": Text("folds", "折数"),
    "frozen_layers": Text("frozen layers", "冻结层数"),
    "head_penalty": Text("inverse penalty of the head (C)", "分类头的正则化强度倒数（C）"),
    "history": Text("epoch and validation score", "轮次与验证得分"),
    "hr_at_10": Text("HR@10", "HR@10"),
    "intents": Text("intents", "意图模型"),
    "leaderboard": Text("leaderboard", "各部分成绩"),
    "learning_rate": Text("learning rate", "学习率"),
    "left_out": Text("columns left out", "未使用的列"),
    "log_loss": Text("log loss", "对数损失"),
    "macro_f1": Text("macro-F1", "宏平均 F1"),
    "match_weights": Text("weights of matching", "匹配权重"),
    "members": Text("members", "成员数"),
    "mode": Text("mode", "方式"),
    "name": Text("name", "名称"),
    "ndcg_at_10": Text("NDCG@10", "NDCG@10"),
    "network": Text("neural network", "神经网络"),
    "ngram_penalties": Text("inverse penalties of the n-grams (C)", "n-gram 的正则化强度倒数（C）"),
    "ngrams": Text("n-grams", "n-gram"),
    "ordered": Text("CatBoost", "CatBoost"),
    "original": Text("encoder as it came", "原始编码器"),
    "pairs": Text("pairs", "问答对"),
    "parts": Text("parts", "组成部分"),
    "quick": Text("Quick", "快速"),
    "rank": Text("rank", "秩"),
    "rank_weights": Text("weights of ranking", "排序权重"),
    "reason_codes": Text("reason codes", "原因代码"),
    "repeats": Text("repeats of the folds", "分折重复次数"),
    "rows": Text("rows", "行数"),
    "scorecard": Text("logistic scorecard", "逻辑回归评分卡"),
    "search": Text("search of settings", "参数搜索"),
    "seconds": Text("seconds", "秒数"),
    "seed": Text("seed", "随机种子"),
    "settings": Text("settings", "参数"),
    "standard": Text("Standard", "标准"),
    "steps": Text("steps", "步数"),
    "stranger_below": Text("handed over below this similarity", "相似度低于此值转人工"),
    "temperature": Text("temperature", "温度"),
    "tokens": Text("attention over tokens", "词元注意力"),
    "trial": Text("trial", "试用结果"),
    "tried": Text("tried", "尝试次数"),
    "tuned_light": Text("LightGBM, tuned", "LightGBM（已调参）"),
    "tuned_ordered": Text("CatBoost, tuned", "CatBoost（已调参）"),
    "tunings": Text("tunings", "微调次数"),
    "validation_accuracy": Text("validation accuracy", "验证准确率"),
    "validation_calibration_error": Text("validation calibration error", "验证校准误差"),
    "validation_rows": Text("validation rows", "验证行数"),
    "weight": Text("weight", "权重"),
    "weights": Text("weights", "权重"),
    "worded_in_two_ways": Text("answers worded in two ways", "有两种说法的答案"),
    "writer": Text("writer", "生成模型"),
    "writing": Text("answers in its own words", "自行表述的答案"),
}
NAMES_A_PART = ("component", "name", "mode")
"""What holds one of the terms as its value."""


def term(key: Any) -> str:
    """What the page calls it; a name that is not among the terms, say of a library's setting, as it is."""
    known = TERMS.get(str(key))
    return t(known) if known else str(key).replace("_", " ")


def told(value: Any) -> str:
    """A value of any shape on one line, its names in the page's language."""
    comma = t(", ", "，")
    if isinstance(value, bool):
        return t("yes", "是") if value else t("no", "否")
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, Mapping):
        kept = ((key, item) for key, item in value.items() if item is not None)
        return comma.join(f"{term(key)} {term(item) if key in NAMES_A_PART else told(item)}" for key, item in kept)
    if isinstance(value, list | tuple):
        nested = any(isinstance(item, Mapping) for item in value)
        return t("; ", "；").join(map(told, value)) if nested else t(", ", "、").join(map(told, value))
    return str(value)
