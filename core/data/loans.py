"""The project's own sample loan book, in English and in Chinese, the same on every run.

A small lender's loans over thirty months. Planted in it: a column known only afterwards that gives the answer away (collection
calls), a district that stands in for nationality, a number of the case, a shift in the last six months (a new partner
channel brings riskier, larger loans), today's decisions by a simple rule, gaps, and risks that only show in combination.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import numpy as np

SEED = 20250117
ROWS = 5000
START, DAYS, SHIFT = date(2022, 3, 1), 913, 730
PURPOSES = (
    ("car", "买车"), ("home repair", "装修"), ("appliances", "家电"), ("education", "教育"), ("debt consolidation", "偿还其他贷款"),
    ("small business", "小本经营"), ("medical", "医疗"), ("travel", "旅行"),
)  # fmt: skip
HOUSING = (("owns", "自有住房"), ("mortgage", "按揭"), ("rents", "租房"), ("with family", "与家人同住"))
HISTORY = (
    ("no earlier loan", "无贷款记录"),
    ("all paid on time", "均按时还款"),
    ("some delays", "有过拖延"),
    ("earlier default", "曾违约"),
)
MARITAL = (("single", "未婚"), ("married", "已婚"), ("divorced", "离异"))
DISTRICTS = (
    ("Harbour", "港湾区"), ("Old Town", "老城区"), ("Riverside", "江滨区"), ("Northgate", "北门区"), ("Hillside", "山麓区"),
    ("Station Quarter", "车站区"), ("Millfield", "磨坊区"),
)  # fmt: skip
CHANNELS = (("branch", "网点"), ("own website", "官网"), ("partner app", "合作平台"))
SEXES, ORIGINS = (("female", "女"), ("male", "男")), (("citizen", "本地户籍"), ("foreign", "外地户籍"))
YES_NO, ENDS = (("no", "否"), ("yes", "是")), (("repaid", "已还清"), ("defaulted", "违约"))
HEADERS = (
    ("loan_number", "贷款编号"), ("application_date", "申请日期"), ("channel", "渠道"), ("amount", "贷款金额"), ("term_months", "期限（月）"),
    ("purpose", "用途"), ("monthly_income", "月收入"), ("years_in_job", "现职年限"), ("housing", "住房"), ("other_loans", "其他贷款笔数"),
    ("late_payments_12m", "近一年逾期次数"), ("credit_history", "信用记录"), ("district", "所在区"), ("age", "年龄"), ("sex", "性别"),
    ("marital_status", "婚姻状况"), ("nationality", "户籍"), ("approved_by_policy", "现行审批"), ("collection_calls", "催收次数"), ("outcome", "贷款结果"),
)  # fmt: skip


def loans(rows: int = ROWS) -> str:
    """The English sample as CSV text."""
    return _csv(rows, SEED, 0)


def loans_zh(rows: int = ROWS) -> str:
    """The Chinese sample as CSV text, amounts in yuan."""
    return _csv(rows, SEED + 1, 1)


def _csv(rows: int, seed: int, language: int) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([names[language] for names in HEADERS])
    writer.writerows(_rows(rows, np.random.default_rng(seed), language))
    return out.getvalue()


def _rows(rows: int, rng: np.random.Generator, language: int) -> list[list[object]]:
    days = np.sort(rng.integers(0, DAYS, rows))
    late = days >= SHIFT
    channel = np.where(rng.random(rows) < np.where(late, 0.45, 0.12), 2, rng.integers(0, 2, rows))
    origin = (rng.random(rows) < 0.22).astype(int)
    district = np.where(origin & (rng.random(rows) < 0.85), rng.integers(5, 7, rows), rng.integers(0, 6, rows))
    age = np.clip(rng.gamma(7, 3.2, rows) + 18, 19, 76).astype(int)
    sex = rng.integers(0, 2, rows)
    marital = np.where(age < 27, rng.choice(3, rows, p=[0.8, 0.18, 0.02]), rng.choice(3, rows, p=[0.25, 0.6, 0.15]))
    job = np.minimum(rng.exponential(5, rows), age - 18).round(1)
    income = np.exp(rng.normal(8.0, 0.42, rows) + 0.012 * np.minimum(age - 18, 25) - 0.1 * origin)
    amount = np.exp(rng.normal(8.7, 0.65, rows) + 0.3 * (channel == 2) * late)
    term = rng.choice([12, 18, 24, 36, 48, 60], rows, p=[0.16, 0.12, 0.26, 0.24, 0.14, 0.08])
    purpose = rng.choice(len(PURPOSES), rows, p=[0.22, 0.16, 0.14, 0.09, 0.17, 0.09, 0.07, 0.06])
    housing = np.where(
        age < 26, rng.choice(4, rows, p=[0.05, 0.1, 0.5, 0.35]), rng.choice(4, rows, p=[0.27, 0.33, 0.33, 0.07])
    )
    history = rng.choice(4, rows, p=[0.25, 0.53, 0.17, 0.05])
    others = rng.poisson(0.8, rows)
    delays = rng.poisson(np.array([0.15, 0.1, 0.9, 1.4])[history])
    burden = amount / term * 1.08 / income
    risk = (
        -2.75
        + 3.2 * np.clip(burden - 0.12, 0, 0.5)
        + 1.8 * ((burden > 0.15) & (job < 1.5))
        + np.array([0.15, -0.35, 0.45, 1.1])[history]
        + 0.5 * np.minimum(delays, 4)
        + 1.3 * ((delays > 0) & (others >= 2))
        - 0.55 * (job > 6)
        + 1.3 * ((age < 25) & (term >= 36))
        + 0.5 * ((age > 62) & (term >= 48))
        + 0.5 * (channel == 2)
        + 1.6 * ((channel == 2) & (purpose == 4))
        + np.array([0.0, -0.2, 0.0, 0.25, 0.35, 0.55, 0.1, 0.2])[purpose]
        + np.array([-0.45, -0.15, 0.3, 0.0])[housing]
        - 1.4 * ((housing == 0) & (amount > 8000))
        + 0.35 * (marital == 2)
        + 0.5 * late
        + rng.normal(0, 0.35, rows)
    )  # fmt: skip
    ended = (rng.random(rows) < 1 / (1 + np.exp(-risk))).astype(int)
    policy = ((history != 3) & (delays < 2) & (burden < 0.4)).astype(int)
    calls = np.where(ended == 1, rng.poisson(3, rows) + 1, 0)
    unknown = rng.random(rows) < np.where(purpose == 5, 0.3, 0.08)
    scale = 1.0 if language == 0 else 4.0
    table = []
    for i in range(rows):
        table.append(
            [
                f"LN{2022000 + i}", (START + timedelta(days=int(days[i]))).isoformat(), CHANNELS[channel[i]][language],
                int(round(amount[i] * scale / 100) * 100), int(term[i]), PURPOSES[purpose[i]][language],
                "" if unknown[i] else int(round(income[i] * scale / 10) * 10), float(job[i]), HOUSING[housing[i]][language],
                int(others[i]), int(delays[i]), HISTORY[history[i]][language], DISTRICTS[district[i]][language], int(age[i]),
                SEXES[sex[i]][language], MARITAL[marital[i]][language], ORIGINS[origin[i]][language], YES_NO[policy[i]][language],
                int(calls[i]) if ended[i] and rng.random() < 0.97 else "", ENDS[ended[i]][language],
            ]
        )  # fmt: skip
    return table
